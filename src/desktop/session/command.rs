//! What the window asks a session to do: plain values, carried out by one executor.

use super::clustering::ClusterRun;
use super::exporting::Export;
use super::project::ProjectView;
use super::{
    BackdropCommand, Change, ColumnChange, CommentCommand, Construct, EditKind, FindingsBeside, Key, Operands,
    ScenarioCommand, TableJoin, journal,
};
use crate::i18n::Lang;
use crate::model::{Bbox, ColumnNames, Geometry, LayerStyle, ReadAs};
use crate::query::expression::Expression;
use crate::query::{Question, ZoneView};
use crate::rules::beside::Choices;
use crate::rules::findings::Remark;
use crate::rules::{Typed, Values};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// What the window asks a session to do.
#[derive(Clone, Debug)]
pub enum Command {
    /// Read these files (or folders of `<role>.geojson` files) and add them; those that declare no coordinate system
    /// in the one named, or in the session's own.
    Open(Vec<PathBuf>, Option<String>),
    /// The same of files of which only the features that meet a box are read; others are not read at all.
    OpenWithin(Vec<PathBuf>, Option<String>, Bbox),
    /// Put rules to a project on a cluster; the session tells of it by [`super::Event::ClusterEnded`].
    RunOnCluster(Box<ClusterRun>),
    /// Look into a file once more, as it is to be read; the session tells of it by [`super::Event::Undecided`].
    Examine(PathBuf, ReadAs),
    /// Read layers of files, each as it is to be read, and add them.
    Import(Vec<(PathBuf, ReadAs)>),
    /// Add the sample map.
    OpenSample,
    /// Put a question to open layers.
    Ask(Question, Operands),
    /// Do this however much memory it needs.
    Anyway(Box<Command>),
    /// Put rules to what is open; reasons are written in a language.
    RunRules(Vec<String>, Lang),
    /// Let a rule run with other values from now on; none are the defaults.
    SetRuleValues(String, Values),
    /// Hold the rules to a plan's targets: one of those built in, or a planner's own table.
    SetPlan(Option<String>),
    /// Keep what was typed in for an indicator of the plan, in the place of what was there for the year.
    TypeValue(Typed),
    /// Change a part of a finding.
    Remark(String, Remark),
    /// Make a layer of the areas that a rule has figures for, with those figures, and draw it by the first: of one
    /// breakdown.
    MapGroups(String, String, Lang),
    /// Let columns of a layer stand for names that rules use.
    SetColumnNames(Key, ColumnNames),
    /// Say what is found in this language from here on.
    Speak(Lang),
    /// Stop a job.
    Cancel(u64),
    /// Stop every job.
    CancelAll,
    /// Write an answer to a file.
    Export(Key, PathBuf),
    /// Change what is open, undoably.
    Change(Change),
    /// Draw a feature into a layer that may be edited, or else into a new one of this name.
    Draw(Option<Key>, Box<Geometry>, String),
    /// Give features of a layer other geometries; the first is the one the planner has in hand.
    Reshape(Key, Vec<(usize, Geometry)>, EditKind),
    /// Set a property of a feature of a layer to what is typed; of the type that it had.
    SetProperty(Key, usize, String, String),
    /// Make features of rows of a layer, the first of which leads.
    Construct(Key, Vec<usize>, Construct),
    /// Fill a column of rows with what an expression comes to.
    Fill(Key, Vec<usize>, String, Box<Expression>),
    /// Change a column in every row.
    Column(Key, String, ColumnChange),
    /// Give rows of a layer the values of a table's rows by a key.
    Join(Key, Box<TableJoin>),
    /// Make a layer of the ground within a distance (metres) of rows of a layer or an answer, under this name.
    Buffer(Key, Vec<usize>, f64, String),
    /// Look at what of the layers lies in a zone.
    Inspect(Box<Geometry>),
    /// Make an area valid.
    Repair(Key, usize),
    /// Take features out of a layer.
    Delete(Key, Vec<usize>),
    /// Put the features of a GeoJSON text into a layer that may be edited, or else into a new one of this name.
    Paste(Option<Key>, String, String),
    /// Take over what a session that ended without saving left.
    Recover(Box<journal::Left>),
    /// Let tools change a layer, or not.
    SetEditable(Key, bool),
    /// Open a project beside what is open.
    OpenProject(PathBuf),
    /// Write what is open as a project; the map looks here.
    SaveProject(PathBuf, ProjectView),
    /// Write what is open, layers and all, into one file; the map looks here.
    Pack(PathBuf, ProjectView),
    /// Draw a layer otherwise; where `true`, in one step with the change before.
    Style(Key, Arc<LayerStyle>, bool),
    /// Write a layer to a file; over one that another program changed only where `over` says so.
    Save {
        /// The layer.
        layer: Key,
        /// The file.
        path: PathBuf,
        /// Whatever stands there.
        over: bool,
    },
    /// Write a layer to a file whose format does not hold all of it, which was told ([`crate::io::SaveCause::Loses`]).
    SaveLossy(Key, PathBuf),
    /// Write a copy of a layer or an answer, in any format and system.
    ExportAs(Box<Export>),
    /// Write the edits of a layer of a shared store back to its table.
    Store {
        /// The layer.
        layer: Key,
        /// Rows that are written whatever others made of them.
        ours: BTreeSet<usize>,
        /// Rows whose edits are given up for what others made of them.
        theirs: BTreeSet<usize>,
    },
    /// Read a layer's file again, in place of what is here.
    Reload(Key),
    /// Show or hide a layer or an answer.
    SetVisible(Key, bool),
    /// Do something with a backdrop.
    Backdrop(BackdropCommand),
    /// Do something with a scenario.
    Scenario(ScenarioCommand),
    /// Do something with a comment.
    Comment(CommentCommand),
    /// Hold another desk's findings beside those kept here.
    CompareFindings(PathBuf),
    /// Merge them: of each field what was set last, but for what was chosen.
    MergeFindings(Arc<FindingsBeside>, Choices),
    /// Draw the land within the distance of an answer's reference as a view shows it.
    DrawZone(Key, ZoneView),
    /// Show this answer and hide the others.
    ShowAnswer(Key),
    /// Take the last change back.
    Undo,
    /// Make the last change taken back again.
    Redo,
}
