//! What panels read, and what they may ask for.

use super::help::Topic;
use super::map::picking::Hit;
use super::map::split::Split;
use super::map::views::Turn;
use super::preview::Preview;
use super::selection::{How, Selection};
use super::settings::Settings;
use super::tools::Tool;
use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::Lang;
use crate::raster::{Backdrop, ServiceKey};
use crate::rules::Verdict;
use crate::session::{Command, Key, RuleResult, Session, ShownRows};
use std::sync::Arc;

/// What the planner is looking at.
#[derive(Default)]
pub struct Looking {
    /// The layer or answer whose rows the table shows.
    pub active: Option<Key>,
    /// The layer whose health list is open.
    pub health: Option<Key>,
    /// What the right panel shows.
    pub tab: Tab,
    /// What is selected.
    pub selection: Selection,
    /// A change that is shown before it is made.
    pub preview: Option<Preview>,
    /// The report or page that is being written.
    pub writing: Option<InWriting>,
    /// The layers that an answer did not read are quiet while it is looked at.
    pub is_quiet: bool,
    /// Only one verdict of what a rule found is shown.
    pub verdict: Option<OfVerdict>,
    /// Two layers or answers that are compared on the map.
    pub split: Option<Split>,
}

/// A report or a page that is being written.
#[derive(Clone, Debug)]
pub struct InWriting {
    /// Its file.
    pub file: String,
    /// How far it is, 0 to 1, once that is known.
    pub share: Option<f32>,
    /// Somebody asked to stop it.
    pub is_stopped: bool,
}

/// One verdict of what a rule found: what map and table show of it.
#[derive(Clone, Debug)]
pub struct OfVerdict {
    /// The rule's result.
    pub key: Key,
    /// The verdict.
    pub verdict: Verdict,
    /// The state of the result that its rows are of.
    pub of: u64,
    /// Its rows, for the map.
    pub shown: ShownRows,
    /// The same in rising order, for the table.
    pub rows: Arc<Vec<usize>>,
}

impl OfVerdict {
    /// The rows of a result that have a verdict; `None` where there are none.
    pub fn of(result: &RuleResult, verdict: Verdict) -> Option<Self> {
        let layer = result.table.indexed.layer();
        let column = layer.attributes.column("verdict")?;
        let has = |row: &usize| layer.attributes.value(*row, column).display() == verdict.id();
        let rows: Vec<usize> = layer.rows().filter(has).collect();
        let mut is_in = vec![false; rows.last()? + 1];
        rows.iter().for_each(|row| is_in[*row] = true);
        let (key, of) = (result.key, result.table.indexed.id());
        Some(Self { key, verdict, of, shown: ShownRows::of(is_in), rows: Arc::new(rows) })
    }
}

/// What the right panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Questions and answers, and the feature selected.
    #[default]
    Ask,
    /// What lies in a zone.
    Inspect,
    /// The rules of the plans.
    Rules,
    /// What the rules found, and what becomes of it.
    Findings,
    /// The plan's targets.
    Targets,
    /// Scenarios, and what rules say with them.
    Scenarios,
    /// Comments pinned to places.
    Comments,
}

/// A question that the empty window offers on the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headline {
    /// Which outlets lie within 2 km of the Yangtze?
    Outlets,
    /// Which homes lie further than 500 m from a park?
    Parks,
}

impl Headline {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Outlets, Self::Parks];

    /// The key of its text.
    pub fn key(self) -> &'static str {
        match self {
            Self::Outlets => "empty.outlets",
            Self::Parks => "empty.parks",
        }
    }
}

/// As what an inspection is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InspectionForm {
    /// Features.
    GeoJson,
    /// A page to read.
    Page,
}

/// What panels may ask of the workbench, besides commands to the session.
#[derive(Clone, Debug)]
pub enum Act {
    /// A command for the session.
    Session(Command),
    /// Read of files, in this coordinate system where they declare none, what lies in the map's view.
    OpenInView(Vec<std::path::PathBuf>, Option<String>),
    /// Show files to open.
    OpenDialog,
    /// Show how a series of maps is printed.
    SeriesDialog,
    /// Ask for a shared store.
    StoreDialog,
    /// Ask for a run on a cluster.
    ClusterDialog,
    /// Show where to export an answer.
    ExportDialog(Key),
    /// Show all of a layer or answer.
    ZoomTo(Key),
    /// Show everything.
    FitAll,
    /// Select a feature and bring it into view.
    GoTo(Hit),
    /// Let layers that an answer did not read be quiet beside it, or not.
    Quieten,
    /// Show only one verdict of what a rule found, or all of it.
    OnlyVerdict(Key, Option<Verdict>),
    /// Hold two layers or answers beside one another on the map, or no longer.
    Compare(Option<Split>),
    /// Show a layer alone, or the others again.
    Solo(Key),
    /// Keep where the map looks under a name.
    AddBookmark,
    /// Look where a bookmark says.
    GoToBookmark(usize),
    /// Give up a bookmark.
    RemoveBookmark(usize),
    /// Put a picture of the map onto the clipboard.
    CopyPicture,
    /// Select a feature, or nothing.
    SelectOne(Option<Hit>),
    /// Select a feature more, or one less.
    SelectMore(Hit),
    /// Select rows of a layer or answer, in rising order.
    Select(Key, Vec<usize>, How),
    /// Show a place.
    GoToPlace(LonLatBox),
    /// Bring ground into view, at the scale that the map has where it can be seen so.
    GoToGround(LonLatBox),
    /// Show rows of a layer or answer.
    Activate(Key),
    /// Take a layer or an answer out; what no file holds is asked about first.
    Remove(Key),
    /// Delete was pressed for features of this layer or answer, which is not open for editing.
    Locked(Key),
    /// Ask what a layer is to be called.
    RenameDialog(Key),
    /// Open the table of what stands for what in a layer.
    MappingDialog(Key),
    /// Show a position, marked.
    GoToPosition(LonLat),
    /// Look where the map looked before, or after that.
    View(Turn),
    /// Open a layer's health list.
    Health(Key),
    /// Put the form's question.
    Run,
    /// Change what is remembered.
    Set(fn(&mut Settings)),
    /// Remember which coordinate system was said of a file, for others of its folder.
    RememberCrs(std::path::PathBuf, String),
    /// Find everything.
    Palette,
    /// Make features of what is selected.
    Construct(crate::session::Construct),
    /// Delete what is selected, where it may be edited.
    DeleteSelected,
    /// Put what is selected onto the clipboard, as GeoJSON.
    CopyFeatures,
    /// Ask the system for what is on the clipboard.
    PasteWanted,
    /// Put the features of a text into the layer that is looked at, or into a new one.
    Paste(String),
    /// Select every feature of the layer looked at.
    SelectAll,
    /// Select what is not selected of it.
    SelectInvert,
    /// Open a layer's style.
    StyleDialog(Key),
    /// Open the dialog for the map on paper.
    PrintDialog,
    /// Ask where the page goes.
    PrintWhere,
    /// Write the page there.
    PrintTo(std::path::PathBuf),
    /// Ask where what was inspected goes: as a page, or as GeoJSON.
    InspectionDialog(InspectionForm),
    /// Write it there.
    InspectionTo(InspectionForm, std::path::PathBuf),
    /// Open a rule in its tab and put it to what is open.
    RunRule(String),
    /// Ask where the report of the rules goes.
    ReportDialog,
    /// Write it there.
    ReportTo(std::path::PathBuf),
    /// Ask where the cards of the outlets go.
    CardsDialog,
    /// Write them there.
    CardsTo(std::path::PathBuf),
    /// Show a tab of the right panel.
    Tab(Tab),
    /// Ask where the packed project goes.
    PackDialog,
    /// Pack the project there.
    PackTo(std::path::PathBuf),
    /// Stop every job, and whatever is being written.
    CancelAll,
    /// Stop what is being written: reports, pages, cards.
    StopWriting,
    /// Close the window.
    Quit,
    /// Select by attribute or by place.
    SelectDialog,
    /// The dialog that joins a table to a layer.
    JoinDialog(Key),
    /// The dialog that writes a copy of a layer or an answer in another format or system.
    ExportAsDialog(Key),
    /// Show a change before it is made.
    Preview(Box<Preview>),
    /// Show it no longer.
    EndPreview,
    /// Save a layer where it is.
    Save(Key),
    /// Show where to save a layer.
    SaveAs(Key),
    /// Save the project where it is, or ask where.
    SaveProject,
    /// Ask where the project is to be saved, whether it has a file or not.
    SaveProjectAs,
    /// Save the project there.
    SaveProjectTo(std::path::PathBuf),
    /// Take a tool.
    Tool(Tool),
    /// Show the list of keys.
    Shortcuts,
    /// Show a page of the help.
    Help(Topic),
    /// Open the dialog that adds a backdrop, or sets this one otherwise.
    BackdropDialog(Option<Key>),
    /// Add a backdrop, or set this one otherwise; with a key that is new, and the server that it is for.
    SetBackdrop(Option<Key>, Box<Backdrop>, Option<(String, ServiceKey)>),
    /// Remove the tiles of services from the disk.
    ClearTiles,
    /// Begin a comment at a place.
    BeginComment(LonLat),
    /// Open a comment in its panel, or none.
    SelectComment(Option<String>),
    /// Open a comment and bring its place into view.
    GoToComment(String),
    /// Begin the tour.
    Tour,
    /// Open the sample and put this question to it.
    Headline(Headline),
}

/// What panels read.
pub struct Context<'a> {
    /// What is open.
    pub session: &'a Session,
    /// The language.
    pub lang: Lang,
    /// What is to be done after the frame.
    pub acts: &'a mut Vec<Act>,
}

impl Context<'_> {
    /// Asks for a session command.
    pub fn command(&mut self, command: Command) {
        self.acts.push(Act::Session(command));
    }
}
