//! Layers under the themes that they are of: thirty stay readable, and a theme is shown or hidden as one.

use crate::i18n::{count, text_of, tr};
use crate::model::Role;
use crate::session::Command;
use crate::ui::context::Context;
use crate::ui::theme::{self, ROW, SMALL};
use crate::ui::{icons, widgets};
use eframe::egui::{self, Align2, FontId, Id, Rect, Sense, Ui, WidgetInfo, vec2};

/// More layers than this stand by theme where nobody says otherwise.
pub(super) const FROM: usize = 14;

/// A theme of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Sources,
    Water,
    Protection,
    Green,
    Land,
    Services,
    Borders,
    Other,
}

impl Group {
    /// Every theme with the key of its title, in the order of the list.
    const ALL: [(Self, &'static str); 8] = [
        (Self::Sources, "group.sources"),
        (Self::Water, "group.water"),
        (Self::Protection, "group.protection"),
        (Self::Green, "group.green"),
        (Self::Land, "group.land"),
        (Self::Services, "group.services"),
        (Self::Borders, "group.borders"),
        (Self::Other, "group.other"),
    ];

    /// Of a role; what has none, and roles of nothing in particular, are the others.
    fn of(role: Option<Role>) -> Self {
        use Role::*;
        match role {
            Some(Shoreline | Coastline | River | WaterBody | Wetland | WetlandBefore) => Self::Water,
            Some(Outlet | Enterprise | IndustrialPark | ContaminatedPlot | Facility | SensitiveSite) => Self::Sources,
            Some(
                WaterSourceZone | RedLine | RedLineBefore | NatureReserve | ControlUnit | GroundwaterZone | BanZone
                | GreenLine,
            ) => Self::Protection,
            Some(Park | ParkEntrance | GreenSpace | Forest | Greenway | Farmland | FarmlandBefore | BasicFarmland) => {
                Self::Green
            }
            Some(Residential | CandidateSite | Plot | Building | Square) => Self::Land,
            Some(Road | Corridor | Service | Barrier) => Self::Services,
            Some(District | Town | Grid | UrbanBoundary) => Self::Borders,
            _ => Self::Other,
        }
    }
}

/// Shows the layers theme by theme, each in the order of drawing; `row` draws the layer in a place of the session's list.
pub(super) fn show(ui: &mut Ui, cx: &mut Context<'_>, row: &mut dyn FnMut(&mut Ui, &mut Context<'_>, usize)) {
    for (group, key) in Group::ALL {
        let all = cx.session.layers().iter().enumerate();
        let members: Vec<usize> = all.filter(|(_, layer)| Group::of(layer.role) == group).map(|(i, _)| i).collect();
        if !members.is_empty() && heading(ui, cx, key, &members) {
            members.into_iter().for_each(|i| row(ui, cx, i));
        }
    }
}

/// The heading of a theme: true where it is unfolded.
fn heading(ui: &mut Ui, cx: &mut Context<'_>, key: &'static str, members: &[usize]) -> bool {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    let title = text_of(lang, key);
    let id = Id::unique(("theme of layers", key));
    let mut is_open = ui.data(|data| data.get_temp(id).unwrap_or(true));
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW - 2.0), Sense::hover());
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, is_open, &*title));
    ui.painter().rect_filled(rect, 0.0, if response.hovered() { palette.selection } else { palette.raised });
    if response.clicked() {
        is_open = !is_open;
        ui.data_mut(|data| data.insert_temp(id, is_open));
    }
    let middle = rect.center().y;
    let some = members.iter().any(|i| cx.session.layers()[*i].visible);
    let eye = Rect::from_center_size(egui::pos2(rect.left() + 22.0, middle), vec2(22.0, 22.0));
    let eye_response = ui.interact(eye, id.with("eye"), Sense::click());
    let name = tr!(lang, if some { "layers.hide_group" } else { "layers.show_group" }, name = title).into_owned();
    eye_response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name.as_str()));
    let icon = if some { icons::EYE } else { icons::EYE_OFF };
    ui.painter().text(eye.center(), Align2::CENTER_CENTER, icon, theme::icon_font(13.0), palette.quiet);
    if eye_response.clicked() {
        for i in members {
            cx.command(Command::SetVisible(cx.session.layers()[*i].key, !some));
        }
    }
    let arrow = if is_open { icons::CHEVRON_DOWN } else { icons::CHEVRON_RIGHT };
    let at = egui::pos2(rect.left() + 46.0, middle);
    ui.painter().text(at, Align2::CENTER_CENTER, arrow, theme::icon_font(12.0), palette.quiet);
    let number = ui.painter().text(
        egui::pos2(rect.right() - 14.0, middle),
        Align2::RIGHT_CENTER,
        count(members.len()),
        FontId::proportional(SMALL),
        palette.quiet,
    );
    let room =
        Rect::from_min_max(egui::pos2(rect.left() + 56.0, rect.top()), egui::pos2(number.left() - 6.0, rect.bottom()));
    widgets::ellipsised(ui, room, &title, theme::bold(SMALL), palette.text);
    is_open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_theme() {
        let others: Vec<&Role> = Role::ALL.iter().filter(|role| Group::of(Some(**role)) == Group::Other).collect();
        assert!(others.is_empty(), "{others:?}");
        assert_eq!(Group::of(None), Group::Other);
    }
}
