//! The chart of an answer: distances as a histogram, the covered share against the radius.

use crate::i18n::{Lang, colon, count, number, tr};
use crate::model::Value;
use crate::query::{Answer, Question};
use crate::report::AreaUnit;
use crate::session::KeptAnswer;
use crate::ui::theme::{self, SMALL};
use crate::ui::widgets;
use eframe::egui::{Label, RichText, Ui, WidgetInfo};
use egui_plot::{Bar, BarChart, Legend, Line, Plot, PlotPoints, Points, VLine};
use std::sync::{Arc, Weak};

/// True where the answer has a chart.
pub fn has_chart(answer: &KeptAnswer) -> bool {
    match answer.answer.question {
        Question::Within { .. } | Question::Nearest { .. } => answer.answer.features.len() > 1,
        Question::Gaps { .. } => true,
        Question::Overlap | Question::Buffer { .. } => answer.answer.features.len() > 1,
    }
}

/// Shows it; the rows that were chosen in it: by a click on a bar, or by dragging over bars.
pub fn show(ui: &mut Ui, answer: &KeptAnswer, working: bool, lang: Lang, unit: AreaUnit) -> Option<Chosen> {
    match &answer.answer.question {
        Question::Within { .. } | Question::Nearest { .. } => {
            let title = tr!(lang, "chart.distances");
            let counted = counted(ui, answer, "distance_m", 1.0);
            let span = histogram(ui, &title, &tr!(lang, "chart.metres"), counted.bins.as_ref(), lang);
            span.map(|span| Chosen::of(answer, "distance_m", 1.0, span))
        }
        Question::Gaps { radius_m, .. } => {
            coverage(ui, answer, *radius_m, working, lang);
            None
        }
        Question::Overlap | Question::Buffer { .. } => {
            let title = tr!(lang, "chart.areas");
            let counted = counted(ui, answer, "area_m2", unit.in_m2());
            let span = histogram(ui, &title, unit.name(lang), counted.bins.as_ref(), lang);
            span.map(|span| Chosen::of(answer, "area_m2", unit.in_m2(), span))
        }
    }
}

/// Rows that were chosen in a chart.
pub struct Chosen {
    /// Them, in rising order.
    pub rows: Vec<usize>,
    /// True where the pointer was dragged over bars: the table shows these alone.
    pub filters: bool,
}

/// A stretch of a histogram: from, to, and whether it was dragged over.
type Span = (f64, f64, bool);

impl Chosen {
    fn of(answer: &KeptAnswer, column: &str, unit: f64, (from, to, filters): Span) -> Self {
        let rows = figures(answer, column, unit).filter(|(_, figure)| (from..to).contains(figure)).map(|(row, _)| row);
        Self { rows: rows.collect(), filters }
    }
}

/// Bars of a histogram.
const BARS: f64 = 12.0;

/// The bars of an answer, counted once and not in every frame: there may be a million features.
struct Counted {
    of: Weak<Answer>,
    unit: f64,
    /// Their width, and how many are in each; `None` without any figure.
    bins: Option<(f64, Vec<usize>)>,
}

/// Those of an answer, which are kept until another is looked at.
fn counted(ui: &Ui, answer: &KeptAnswer, column: &str, unit: f64) -> Arc<Counted> {
    let id = eframe::egui::Id::unique("chart.counted");
    let is_same = |c: &Arc<Counted>| {
        std::ptr::eq(c.of.as_ptr(), Arc::as_ptr(&answer.answer)) && c.unit.to_bits() == unit.to_bits()
    };
    if let Some(known) = ui.data(|data| data.get_temp::<Arc<Counted>>(id)).filter(is_same) {
        return known;
    }
    let values: Vec<f64> = figures(answer, column, unit).map(|(_, figure)| figure).collect();
    let bins = (!values.is_empty()).then(|| bins(&values, BARS));
    let counted = Arc::new(Counted { of: Arc::downgrade(&answer.answer), unit, bins });
    ui.data_mut(|data| data.insert_temp(id, Arc::clone(&counted)));
    counted
}

/// The figures the answer itself added, whatever their column is called in the file, by row.
fn figures(answer: &KeptAnswer, column: &str, unit: f64) -> impl Iterator<Item = (usize, f64)> {
    let layer = answer.table.indexed.layer();
    let own = answer.added.iter().find(|(_, name)| *name == column);
    let own = own.and_then(|(own, _)| layer.attributes.column(own));
    (0..layer.len()).filter_map(move |row| match layer.attributes.value(row, own?) {
        Value::Number(v, _) => Some((row, v / unit)),
        _ => None,
    })
}

/// Bins of a round width that hold all values; their start, width and counts.
fn bins(values: &[f64], about: f64) -> (f64, Vec<usize>) {
    let max = values.iter().copied().fold(0.0, f64::max);
    if max <= 0.0 {
        return (1.0, vec![values.len()]);
    }
    let rough = max / about;
    let power = 10_f64.powf(rough.log10().floor());
    let width = [1.0, 2.0, 5.0, 10.0].iter().map(|k| k * power).find(|w| *w >= rough).unwrap_or(power * 10.0);
    let mut counts = vec![0; (max / width).floor() as usize + 1];
    for v in values {
        counts[((v / width) as usize).min((max / width).floor() as usize)] += 1;
    }
    // A value right on the last border belongs to the bin below it.
    if counts.len() > 1 && (max / width).fract() == 0.0 {
        let last = counts.pop().unwrap_or(0);
        if let Some(end) = counts.last_mut() {
            *end += last;
        }
    }
    (width, counts)
}

fn heading(ui: &mut Ui, title: &str, unit: &str) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).font(theme::bold(SMALL)).color(palette.text));
        ui.add(Label::new(RichText::new(unit).size(SMALL).color(palette.quiet)).truncate());
    });
}

fn plot<'a>(id: &str, palette: &theme::Palette) -> Plot<'a> {
    Plot::new(id.to_owned())
        .grid_color(palette.line)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_crosshair(false)
        .x_axis_formatter(|mark, _| number(mark.value, if mark.step_size < 1.0 { 1 } else { 0 }))
        .y_axis_min_width(34.0)
        .show_grid([false, true])
}

/// Room at the right of a plot for half the figure under its last mark.
const MARK_ROOM: f32 = 20.0;

/// Draws it; the stretch that was chosen: a bar that was clicked, or those that the pointer was dragged over.
fn histogram(ui: &mut Ui, title: &str, unit: &str, bins: Option<&(f64, Vec<usize>)>, lang: Lang) -> Option<Span> {
    heading(ui, title, unit);
    let Some((width, counts)) = bins else {
        widgets::quiet(ui, tr!(lang, "chart.none"));
        return None;
    };
    let width = *width;
    let palette = theme::palette(ui);
    let bars = counts
        .iter()
        .enumerate()
        .map(|(i, n)| {
            let start = i as f64 * width;
            let name = format!("{} – {}", number(start, 0), number(start + width, 0));
            Bar::new(start + width / 2.0, *n as f64)
                .width(width * 0.9)
                .fill(palette.accent)
                .stroke(eframe::egui::Stroke::NONE)
                .name(name)
        })
        .collect();
    let highest = counts.iter().copied().max().unwrap_or(1);
    let id = eframe::egui::Id::unique("chart.brush");
    let brushed: Option<(f64, f64)> = ui.data(|data| data.get_temp(id));
    let last = counts.len().saturating_sub(1);
    let bar_at = |x: f64| ((x / width).floor().max(0.0) as usize).min(last);
    let shown = plot("histogram", palette)
        .width((ui.available_width() - MARK_ROOM).max(40.0))
        .include_y(0.0)
        .include_y(highest as f64 * 1.08)
        .include_x(0.0)
        .y_axis_formatter(|mark, _| if mark.value.fract() == 0.0 { number(mark.value, 0) } else { String::new() })
        .show(ui, |plot| {
            if let Some((from, to)) = brushed {
                let ends = [from.min(to), from.max(to)].map(|x| bar_at(x) as f64 * width);
                let ink = palette.chosen.0;
                plot.vline(VLine::new("", ends[0]).color(ink).width(1.5));
                plot.vline(VLine::new("", ends[1] + width).color(ink).width(1.5));
            }
            plot.bar_chart(BarChart::new(title.to_owned(), bars).color(palette.accent).allow_hover(false));
            plot.pointer_coordinate().map(|at| at.x)
        });
    let (at, response) = (shown.inner, shown.response);
    response.widget_info(|| WidgetInfo::labeled(eframe::egui::Role::Canvas, true, title));
    // The last bar holds what lies on its far border.
    let end = |bar: usize| if bar == last { f64::INFINITY } else { (bar + 1) as f64 * width };
    let response = match at.filter(|_| response.hovered() && !response.dragged()).map(bar_at) {
        // A word beside the pointer, and no lines across the chart.
        Some(bar) => {
            let (from, to) = (number(bar as f64 * width, 0), number((bar + 1) as f64 * width, 0));
            response.on_hover_text_at_pointer(format!("{from} – {to} {} {}", colon(lang).trim(), count(counts[bar])))
        }
        None => response,
    };
    if response.clicked() {
        return at.map(bar_at).map(|bar| (bar as f64 * width, end(bar), false));
    }
    if let (true, Some(at)) = (response.dragged(), at) {
        let from = brushed.map_or(at, |(from, _)| from);
        ui.data_mut(|data| data.insert_temp(id, (from, at)));
    }
    let (from, to) = brushed.filter(|_| response.drag_stopped())?;
    ui.data_mut(|data| data.remove_temp::<(f64, f64)>(id));
    let [from, to] = [from.min(to), from.max(to)].map(bar_at);
    Some((from as f64 * width, end(to), true))
}

fn coverage(ui: &mut Ui, answer: &KeptAnswer, radius_m: f64, working: bool, lang: Lang) {
    heading(ui, &tr!(lang, "chart.coverage"), &tr!(lang, "chart.coverage_unit"));
    let palette = theme::palette(ui);
    let Some(curve) = &answer.curve else {
        widgets::quiet(ui, if working { tr!(lang, "chart.working") } else { tr!(lang, "chart.stopped") });
        return;
    };
    let area: Vec<[f64; 2]> = curve.iter().map(|p| [p.radius_m, p.area_share * 100.0]).collect();
    let people: Vec<[f64; 2]> = curve.iter().filter_map(|p| Some([p.radius_m, p.people_share? * 100.0])).collect();
    let orange = eframe::egui::Color32::from_rgb(0xE8, 0x74, 0x3B);
    plot("coverage", palette)
        .width((ui.available_width() - MARK_ROOM).max(40.0))
        .include_y(0.0)
        .include_y(100.0)
        .include_x(0.0)
        .y_axis_formatter(|mark, _| format!("{} %", number(mark.value, 0)))
        .legend(Legend::default().position(egui_plot::Corner::LeftTop).background_alpha(0.8))
        .show(ui, |plot| {
            let vline = VLine::new(tr!(lang, "chart.asked").into_owned(), radius_m).color(palette.quiet).width(1.0);
            plot.vline(vline.style(egui_plot::LineStyle::dashed_loose()));
            for (name, points, color) in
                [("chart.area_share", area, palette.accent), ("chart.people_share", people, orange)]
            {
                if points.is_empty() {
                    continue;
                }
                let name = tr!(lang, name).into_owned();
                plot.line(Line::new(name.clone(), PlotPoints::from(points.clone())).color(color).width(2.0));
                plot.points(Points::new(name, PlotPoints::from(points)).color(color).radius(3.0));
            }
        });
}

#[cfg(test)]
mod tests {
    use super::bins;

    #[test]
    fn bins_are_round_and_hold_everything() {
        for values in
            [vec![0.0, 1_999.9, 2_000.0], vec![0.3, 0.1], vec![5.0], vec![0.0, 0.0], (0..100).map(f64::from).collect()]
        {
            let (width, counts) = bins(&values, 12.0);
            assert_eq!(counts.iter().sum::<usize>(), values.len());
            assert!(counts.len() <= 13 && width > 0.0, "{width} {counts:?}");
        }
        assert_eq!(bins(&[10.0, 1_990.0], 12.0), (200.0, vec![1, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
    }
}
