//! What the words of planning data mean. Rules are written on canonical terms (`level = '一级'`); offices write 一级保护区,
//! Ⅰ级 or 1. Cells are read through this one table (`assets/vocabulary.toml`) and through the words that planners add; what
//! is in neither is unknown, and says so.

mod amount;
mod asides;
mod choices;
mod codes;
mod column;
mod fold;
mod national;
mod numerals;
mod parts;
mod phrases;
mod quantity;
mod read;
mod sentences;
mod sought;
mod traditional;
mod units;
mod wide;
mod words;

use codes::{Code, CodeForm};
use phrases::Phrases;

pub use amount::{NoAmount, amount, is_bare_number};
pub use column::{ColumnReading, Doubt};
pub use fold::{folded, parts};
pub use national::{NationalLayer, NationalPart};
pub use parts::LAST_YEAR_OVER;
pub(crate) use phrases::phrases;
pub use quantity::{Day, Unit, day, people, quantity};
pub use read::{Reading, Terms};
pub use sought::Words;
pub use words::{FILE, Word, WordsError, words_of};

use crate::i18n::Said;
use crate::model::Role;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

static TABLE: &str = include_str!("../../../assets/vocabulary.toml");

/// How a property's cells are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// As terms.
    #[default]
    Terms,
    /// As true or false.
    Truth,
    /// As a number, with or without a unit.
    Number,
    /// As the year of a year or a date.
    Year,
    /// As a date.
    Date,
}

/// What an empty cell of a property is.
#[derive(Clone, Debug, PartialEq)]
pub enum Empty {
    /// Something that decides and is not known.
    Unknown,
    /// Nothing: it matches no condition, and is counted beside the answer.
    Told,
    /// This term, which is said beside the answer.
    Is(String),
}

/// A term with its spellings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    /// The canonical one.
    is: String,
    #[serde(default)]
    also: Vec<String>,
    /// Words for a part of it, each with its spellings behind `|`: 养猪|猪场 of 畜禽养殖. Each is made a term under it.
    #[serde(default)]
    kinds: Vec<String>,
    /// The term of which it is such a part.
    #[serde(default)]
    kin: Option<String>,
    /// Codes by their beginnings: `26`, `G11`, `0701`.
    #[serde(default)]
    codes: Vec<String>,
    /// Classes that it belongs to.
    #[serde(default)]
    under: Vec<String>,
    /// Narrower terms that it may be, where the word does not say which: 锅炉 may be 燃煤锅炉.
    #[serde(default)]
    may_be: Vec<String>,
    /// Beginnings of the codes of the terms that stand under it: of a section those of its divisions.
    #[serde(default)]
    holds: Vec<String>,
    /// Terms that a ban of it bans too, and that are it for nothing else: 制药 and 化学药品制剂制造.
    #[serde(default)]
    parts: Vec<String>,
    /// Terms a ban of which may mean it and what stands under it, for a person to say: 餐饮 and 咖啡店.
    #[serde(default)]
    banned_as: Vec<String>,
    /// Land uses that a ban of it bans as they stand, and not what lies under them: 医疗卫生用地 of 医院.
    #[serde(default)]
    lands: Vec<String>,
    /// What is said beside an answer in which it was met.
    #[serde(default)]
    note: Option<Said>,
    /// True where its words say a part of what a truth is, so that what they are not may be so all the same: 非重点排污单位.
    #[serde(default)]
    narrow: bool,
    /// True where its words say that something has ended, so that a stage of it has not: 移出阶段.
    #[serde(default)]
    finishes: bool,
    /// Of the lists that a property has its terms from, the number of its own.
    #[serde(skip)]
    list: usize,
    /// True where letters before the digits of its codes say something.
    #[serde(skip)]
    needs_letters: bool,
    /// True where a class above it, read as a term, may be it.
    #[serde(skip)]
    classes_are_wide: bool,
}

/// Words with which a term is so at a time, in turn or for somebody, and nobody knows what is beside it: 冬绿肥.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Seasons {
    /// Them.
    words: Vec<String>,
    /// The class of terms to which that does nothing: 冬小麦 is food.
    but: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PropertyTable {
    roles: Vec<Role>,
    name: String,
    title: Said,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    #[allow(dead_code, reason = "for people who read the table")]
    source: String,
    #[serde(default)]
    empty: Option<String>,
    #[serde(default)]
    empty_is: Option<String>,
    #[serde(default)]
    numerals: bool,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    sentences: bool,
    /// True where letters before the digits of a code say something: M1 is not 1.
    #[serde(default)]
    letters: bool,
    /// True where an amount may stand before or behind a term: 50亩水稻.
    #[serde(default)]
    amounts: bool,
    /// True where a term that others stand under may be any of those: 采矿 may be 铁矿.
    #[serde(default)]
    classes_are_wide: bool,
    /// True where that is so only where one of them is forbidden: 企业 may be 屠宰场.
    #[serde(default)]
    parts_may_be_banned: bool,
    /// Words that say when, or for whom, a term is so, and what a term is that is so all the same.
    #[serde(default)]
    seasons: Seasons,
    /// Where it is open: with what another name ends. One without such an end is not known.
    #[serde(default)]
    other_ends: Vec<String>,
    #[serde(default)]
    code_form: CodeForm,
    #[serde(default)]
    before: Vec<String>,
    #[serde(default)]
    after: Vec<String>,
    /// Words with which a sentence, or an aside, does not say what it names: 鼓励化工.
    #[serde(default)]
    turns: Vec<String>,
    /// Words of an aside with which what stands before it is not so, or not yet: 一级（拟）.
    #[serde(default)]
    not_so: Vec<String>,
    /// Texts that are left to a person although words of them are known.
    #[serde(default)]
    unclear: Vec<String>,
    #[serde(default)]
    terms_of: Vec<String>,
    #[serde(default)]
    terms: Vec<Term>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TruthWords {
    #[serde(rename = "true")]
    yes: Vec<String>,
    #[serde(rename = "false")]
    no: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    version: u32,
    truth: TruthWords,
    /// Words that hold the beginning of another: 强化 of 强化工业 is no part of 化工.
    #[serde(default)]
    whole: Vec<String>,
    phrases: Phrases,
    property: Vec<PropertyTable>,
    #[serde(default)]
    layer: Vec<NationalLayer>,
}

/// A property of roles, with everything that its cells are read by.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name in rules and files.
    pub name: String,
    /// What it is called.
    pub title: Said,
    /// How its cells are read.
    pub kind: Kind,
    /// What an empty cell is.
    pub empty: Empty,
    /// True where a word that is not known is another name, and no doubt.
    pub is_open: bool,
    /// With what another name ends, where not every word is one.
    other_ends: Vec<String>,
    roles: Vec<Role>,
    numerals: bool,
    sentences: bool,
    amounts: bool,
    /// Of each list of codes that it has, how they are written.
    lists: Vec<CodeForm>,
    before: Vec<String>,
    after: Vec<String>,
    turns: Vec<String>,
    not_so: Vec<String>,
    unclear: Vec<String>,
    /// Words that are read as a whole, whatever stands in them.
    whole: Arc<[String]>,
    terms: Vec<Term>,
    /// Spellings as they are compared, with their terms.
    spelled: HashMap<String, usize>,
    /// Codes of terms.
    codes: Vec<Code>,
    /// Of each term and class, the classes above it.
    above: HashMap<String, BTreeSet<String>>,
    /// Of wide terms, the narrower ones that they may be, with their classes.
    within: HashMap<String, BTreeSet<String>>,
    /// Of each term those of which a ban bans it.
    banned_by: HashMap<String, BTreeSet<String>>,
    /// Of terms that are kinds of others, or stand under such, those others.
    kin: HashMap<String, BTreeSet<String>>,
    parts_may_be_banned: bool,
    seasons: Seasons,
    /// Planners' own words, folded, with what they are.
    own: HashMap<String, String>,
}

/// The vocabulary: the program's own and what planners added.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// The version of the table.
    pub version: u32,
    properties: HashMap<(Role, String), Arc<Property>>,
    layers: Arc<Vec<NationalLayer>>,
}

/// The program's own table, read once. Nothing that is called while it is read may ask for its phrases.
fn builtin() -> &'static (Arc<Vocabulary>, Phrases) {
    static BUILTIN: OnceLock<(Arc<Vocabulary>, Phrases)> = OnceLock::new();
    BUILTIN.get_or_init(|| {
        // A test reads the table.
        let (vocabulary, phrases) = Vocabulary::parse(TABLE).unwrap_or_else(|_| {
            let none = Vocabulary { version: 0, properties: HashMap::new(), layers: Arc::default() };
            (none, Phrases::default())
        });
        (Arc::new(vocabulary), phrases)
    })
}

impl Vocabulary {
    /// The program's own.
    pub fn builtin() -> &'static Arc<Self> {
        &builtin().0
    }

    fn parse(text: &str) -> Result<(Self, Phrases), toml::de::Error> {
        let mut table: Table = toml::from_str(text)?;
        table.property.iter_mut().for_each(|given| wide::make_kinds(&mut given.terms));
        let whole: Arc<[String]> = table.whole.iter().map(|word| folded(word)).collect();
        // Of each property its terms, whether the letters of their codes say something, and how the codes are written.
        let of = |p: &PropertyTable| (p.terms.clone(), p.letters, p.code_form.clone());
        let terms_of: HashMap<String, (Vec<Term>, bool, CodeForm)> = table
            .property
            .iter()
            .flat_map(|p| p.roles.iter().map(move |role| (format!("{}.{}", role.id(), p.name), of(p))))
            .collect();
        let mut properties = HashMap::new();
        for mut given in table.property {
            for term in &mut given.terms {
                (term.needs_letters, term.classes_are_wide) = (given.letters, given.classes_are_wide);
            }
            let mut forms = vec![given.code_form.clone()];
            // The codes of two lists say different things: each stays with its list.
            for (list, other) in std::mem::take(&mut given.terms_of).iter().enumerate() {
                let Some((terms, needs_letters, form)) = terms_of.get(other) else { continue };
                forms.resize(list + 1, CodeForm::default());
                forms[list] = form.clone();
                let own = terms.iter().map(|term| Term { list, needs_letters: *needs_letters, ..term.clone() });
                given.terms.extend(own);
            }
            let property = Arc::new(Property::new(given, &table.truth, forms, &whole));
            for role in &property.roles {
                properties.insert((*role, property.name.clone()), Arc::clone(&property));
            }
        }
        let vocabulary = Self { version: table.version, properties, layers: Arc::new(table.layer) };
        Ok((vocabulary, table.phrases))
    }

    /// A property of a role; `None` for what is read as it stands.
    pub fn property(&self, role: Role, name: &str) -> Option<&Arc<Property>> {
        self.properties.get(&(role, name.to_owned()))
    }

    /// Every property, in no order.
    pub fn properties(&self) -> impl Iterator<Item = (Role, &Arc<Property>)> {
        self.properties.iter().map(|((role, _), property)| (*role, property))
    }

    /// Layers of national databases.
    pub fn layers(&self) -> &[NationalLayer] {
        &self.layers
    }
}

impl Property {
    fn new(given: PropertyTable, truth: &TruthWords, lists: Vec<CodeForm>, whole: &Arc<[String]>) -> Self {
        let mut terms = given.terms;
        wide::put_under_sections(&mut terms);
        if given.kind == Kind::Truth {
            for (is, also) in [("true", &truth.yes), ("false", &truth.no)] {
                match terms.iter_mut().find(|term| term.is == is) {
                    Some(term) => term.also.extend(also.iter().cloned()),
                    None => terms.push(Term { is: is.to_owned(), also: also.clone(), ..Term::default() }),
                }
            }
        }
        let empty = match (given.empty.as_deref(), given.empty_is) {
            (_, Some(is)) => Empty::Is(is),
            (Some("told"), None) => Empty::Told,
            _ => Empty::Unknown,
        };
        let mut property = Self {
            name: given.name,
            title: given.title,
            kind: given.kind,
            empty,
            is_open: given.open,
            other_ends: given.other_ends,
            roles: given.roles,
            numerals: given.numerals,
            sentences: given.sentences,
            amounts: given.amounts,
            lists,
            before: Vec::new(),
            after: Vec::new(),
            turns: Vec::new(),
            not_so: Vec::new(),
            unclear: Vec::new(),
            whole: Arc::clone(whole),
            spelled: HashMap::new(),
            codes: Vec::new(),
            above: HashMap::new(),
            within: HashMap::new(),
            banned_by: HashMap::new(),
            kin: HashMap::new(),
            parts_may_be_banned: given.parts_may_be_banned,
            seasons: given.seasons,
            own: HashMap::new(),
            terms: Vec::new(),
        };
        let compared = |words: Vec<String>| words.iter().map(|word| property.compared(word)).collect();
        let (before, after) = (compared(given.before), compared(given.after));
        let (turns, unclear, not_so) = (compared(given.turns), compared(given.unclear), compared(given.not_so));
        let mut spelled = HashMap::new();
        let mut codes = Vec::new();
        for (at, term) in terms.iter().enumerate() {
            for word in std::iter::once(&term.is).chain(&term.also) {
                spelled.entry(property.compared(word)).or_insert(at);
            }
            codes.extend(term.codes.iter().filter_map(|code| {
                let folded = folded(code);
                let (code, rest) = fold::leading_code(&folded)?;
                let letters = code.bytes().take_while(u8::is_ascii_uppercase).count();
                let (letters, digits) = (code[..letters].to_owned(), code[letters..].to_owned());
                let (list, needs_letters) = (term.list, term.needs_letters);
                rest.is_empty().then_some(Code { letters, digits, term: at, list, needs_letters })
            }));
        }
        let above = wide::above(&terms);
        let within = wide::within(&terms, &above);
        property.banned_by = wide::banned_by(&terms);
        property.kin = wide::kin(&terms, &above);
        (property.before, property.after) = (before, after);
        (property.turns, property.unclear, property.not_so) = (turns, unclear, not_so);
        (property.spelled, property.codes, property.terms) = (spelled, codes, terms);
        (property.above, property.within) = (above, within);
        property
    }

    /// With what values mean; of one that stands there twice the last counts.
    fn with_words(&self, words: &[(&str, &str)]) -> Self {
        let mut own = self.own.clone();
        own.extend(words.iter().map(|(value, is)| (self.compared(value), (*is).to_owned())));
        Self { own, ..self.clone() }
    }

    /// A text as it is compared here.
    fn compared(&self, text: &str) -> String {
        let folded = fold::without_zeros(folded(fold::without_marks(text, self.numerals)));
        if self.numerals { fold::with_digits(&folded) } else { folded }
    }
}

#[cfg(test)]
mod tests;
