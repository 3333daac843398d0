//! What a layer means, so that a question can ask for "the outlets" instead of a file name.

use super::{Attributes, AttributesBuilder, Shape};
use crate::i18n::{Lang, Said};
use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $zh:literal, $en:literal;)*) => {
        /// A layer's role: the plans' own terms.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Role {
            $(#[doc = $zh] $variant,)*
        }

        impl Role {
            /// Every role, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in files and on the command line.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The name for people.
            pub fn title(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Self::$variant, Lang::Zh) => $zh, (Self::$variant, Lang::En) => $en,)*
                }
            }
        }
    };
}

roles! {
    Shoreline = "shoreline", "岸线", "Shoreline";
    Coastline = "coastline", "海岸线", "Coastline";
    River = "river", "河道", "Rivers";
    WaterBody = "water_body", "水体", "Water bodies";
    Outlet = "outlet", "入河排污口", "Outlets";
    WaterSourceZone = "water_source_zone", "饮用水水源保护区", "Drinking-water zones";
    RedLine = "red_line", "生态保护红线", "Ecological red line";
    RedLineBefore = "red_line_before", "生态保护红线（前一版）", "Red line (before)";
    NatureReserve = "nature_reserve", "自然保护地", "Nature reserves";
    ControlUnit = "control_unit", "环境管控单元", "Control units";
    GroundwaterZone = "groundwater_zone", "地下水污染防治分区", "Groundwater zones";
    Park = "park", "公园绿地", "Parks";
    ParkEntrance = "park_entrance", "公园出入口", "Park entrances";
    GreenSpace = "green_space", "绿化覆盖", "Green space";
    Forest = "forest", "森林", "Forest";
    Greenway = "greenway", "绿道", "Greenways";
    Residential = "residential", "居住用地", "Residential land";
    CandidateSite = "candidate_site", "可建绿地块", "Candidate sites";
    Plot = "plot", "地块／建设项目", "Plots and projects";
    ContaminatedPlot = "contaminated_plot", "污染地块", "Contaminated plots";
    Farmland = "farmland", "耕地", "Farmland";
    Enterprise = "enterprise", "企业", "Enterprises";
    BasicFarmland = "basic_farmland", "永久基本农田", "Basic farmland";
    Wetland = "wetland", "湿地", "Wetlands";
    GreenLine = "green_line", "城市绿线", "Green line";
    UrbanBoundary = "urban_boundary", "城镇开发边界、建成区", "Urban boundary";
    Road = "road", "道路", "Roads";
    Facility = "facility", "设施／污染源", "Facilities";
    SensitiveSite = "sensitive_site", "敏感目标", "Sensitive sites";
    BanZone = "ban_zone", "禁止／限制区", "Ban zones";
    Corridor = "corridor", "公路、铁路、河道、山体", "Corridors";
    Service = "service", "公共服务设施", "Public services";
    Building = "building", "建筑", "Buildings";
    District = "district", "行政区", "District";
    Town = "town", "街镇", "Towns";
    Grid = "grid", "网格", "Grid";
    FarmlandBefore = "farmland_before", "耕地（前一版）", "Farmland (before)";
    WetlandBefore = "wetland_before", "湿地（前一版）", "Wetlands (before)";
    IndustrialPark = "industrial_park", "工业园区、化工园区", "Industrial parks";
    Barrier = "barrier", "声屏障", "Noise barriers";
    Square = "square", "广场用地", "Squares";
}

/// What a guess of a role stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GuessedBy {
    /// The file is called after the role.
    FileName,
    /// A word in the file's name or the collection's.
    Word,
    /// Columns that only this role has.
    Columns,
}

impl Role {
    /// What a guess of this role stands on.
    pub fn guessed_by(self, stem: &str, name: &str) -> GuessedBy {
        let stem = stem.to_lowercase().replace(['-', ' '], "_");
        let none = AttributesBuilder::default().finish(Default::default());
        match Self::guess(&stem, name, &none, None) {
            _ if stem == self.id() || stem == self.title(Lang::Zh) => GuessedBy::FileName,
            _ if self.also_called().contains(&&*stem) => GuessedBy::FileName,
            Some(role) if role == self => GuessedBy::Word,
            _ => GuessedBy::Columns,
        }
    }

    /// Other names of its layers, which files have as they have its title.
    fn also_called(self) -> &'static [&'static str] {
        match self {
            Self::Outlet => &["入河入海排污口", "入河（海）排污口", "入河(海)排污口", "入海排污口"],
            _ => &[],
        }
    }

    /// The role of this id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|r| r.id() == id)
    }

    /// Its name in both languages.
    pub fn said(self) -> Said {
        Said::told(|lang| self.title(lang).to_owned())
    }

    /// The column whose values class the role's features.
    pub fn class_column(self) -> Option<&'static str> {
        Some(match self {
            Self::Outlet
            | Self::ControlUnit
            | Self::GroundwaterZone
            | Self::Park
            | Self::Farmland
            | Self::FarmlandBefore => "class",
            Self::WaterSourceZone | Self::Greenway | Self::Wetland | Self::WetlandBefore => "level",
            Self::RedLine | Self::RedLineBefore => "core",
            Self::WaterBody
            | Self::GreenSpace
            | Self::Forest
            | Self::UrbanBoundary
            | Self::Road
            | Self::Facility
            | Self::SensitiveSite
            | Self::Corridor
            | Self::Service
            | Self::IndustrialPark
            | Self::Building => "kind",
            Self::NatureReserve => "zone",
            Self::Plot => "use",
            Self::ContaminatedPlot => "status",
            Self::Enterprise => "industry",
            Self::River => "grade",
            Self::Shoreline => "rank",
            Self::BanZone => "degree",
            _ => return None,
        })
    }

    /// A guess from the file's stem, the collection's name, the columns and what the geometry is made of.
    ///
    /// A role's id in the stem decides (the longest that fits); then its Chinese name in either name;
    /// then columns that only one role has.
    pub fn guess(stem: &str, name: &str, attributes: &Attributes, shape: Option<Shape>) -> Option<Self> {
        let stem = stem.to_lowercase().replace(['-', ' '], "_");
        let longest = |text: &str, key: fn(Self) -> &'static str| {
            Self::ALL.iter().copied().filter(|r| text.contains(key(*r))).max_by_key(|r| key(*r).len())
        };
        if let Some(role) = longest(&stem, Self::id) {
            return Some(role);
        }
        let zh = |r: Self| r.title(Lang::Zh);
        if let Some(role) = longest(&stem, zh).or_else(|| longest(name, zh)) {
            return Some(role);
        }
        const WORDS: [(&str, Role); 6] = [
            ("排污口", Role::Outlet),
            ("排口", Role::Outlet),
            ("公园", Role::Park),
            ("居住", Role::Residential),
            ("小区", Role::Residential),
            ("红线", Role::RedLine),
        ];
        if let Some((_, role)) = WORDS.iter().find(|(word, _)| stem.contains(word) || name.contains(word)) {
            return Some(*role);
        }
        let has = |column: &str| attributes.column(column).is_some();
        match shape? {
            Shape::Points if has("receiving") || has("traced_on") => Some(Self::Outlet),
            Shape::Points if has("park") => Some(Self::ParkEntrance),
            Shape::Lines if has("water_side") || has("water") => Some(Self::Shoreline),
            Shape::Polygons if has("safe_use") => Some(Self::Farmland),
            Shape::Polygons if has("roof_pv") => Some(Self::Building),
            Shape::Polygons if has("function") && has("core") => Some(Self::RedLine),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_guessed_from_names() {
        let none = AttributesBuilder::default().finish(Default::default());
        for (stem, name, role) in [
            ("outlet", "", Some(Role::Outlet)),
            ("red_line_before", "", Some(Role::RedLineBefore)),
            ("Park-Entrance 2024", "", Some(Role::ParkEntrance)),
            ("gcj02_parks", "", Some(Role::Park)),
            ("宝山区生态保护红线（前一版）", "", Some(Role::RedLineBefore)),
            ("a", "宝山区 居住用地", Some(Role::Residential)),
            ("a", "长江沿线排污口普查", Some(Role::Outlet)),
            ("a", "b", None),
        ] {
            assert_eq!(Role::guess(stem, name, &none, None), role, "{stem} {name}");
        }
    }

    #[test]
    fn a_guess_says_what_it_stands_on() {
        for (stem, name, by) in [
            ("outlet", "", GuessedBy::FileName),
            ("Outlet", "x", GuessedBy::FileName),
            ("入河排污口", "", GuessedBy::FileName),
            ("入河入海排污口", "", GuessedBy::FileName),
            ("入河（海）排污口", "", GuessedBy::FileName),
            ("outlets2", "", GuessedBy::Word),
            ("a", "长江排污口", GuessedBy::Word),
            ("a", "b", GuessedBy::Columns),
        ] {
            assert_eq!(Role::Outlet.guessed_by(stem, name), by, "{stem} {name}");
        }
    }

    #[test]
    fn ids_are_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.id()), Some(*role));
            assert_eq!(serde_json::to_value(role).expect("plain"), role.id());
        }
    }
}
