//! From the tree of the CQL2 parser to ours: operators resolved, patterns and geometries prepared once.

use super::compare::{pattern, without_accents, without_case};
use super::depth::{LEVELS, collection, depth};
use super::list::Literals;
use super::{Arithmetic, Comparison, ExpressionError, Function, Node, Place, Relation, to_geo};
use crate::io::geojson::read_feature;
use crate::model::Edited;
use cql2::Expr;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

type Result<T> = std::result::Result<T, ExpressionError>;

/// Expressions as deep as this are read where they are asked for; deeper ones on a stack of their own.
const SHALLOW: usize = 16;

/// That stack; bytes of addresses, of which memory takes what is used. A level takes up to 12 kB without optimisation.
const STACK: usize = 64 << 20;

/// Steps that the parser may take a byte, and besides: it tries a bracket twice wherever what is inside does not fit, so brackets
/// in brackets double its way. Texts that fit take up to a hundred steps a byte.
const STEPS_PER_BYTE: usize = 1_000;
const STEPS: usize = 200_000;

/// From so many bytes on a text has what fits, with some room.
const LONG: usize = 10_000;
const STEPS_PER_BYTE_OF_LONG: usize = 200;

/// The parser knows one limit for the whole process: who has set it holds this until the text is read.
static LIMIT: Mutex<()> = Mutex::new(());

/// The parser's tree of a text, within a number of steps.
fn parsed(text: &str) -> std::result::Result<Expr, Box<cql2::Error>> {
    let _held = LIMIT.lock().unwrap_or_else(PoisonError::into_inner);
    let long = text.len().saturating_sub(LONG);
    let steps = STEPS + STEPS_PER_BYTE * text.len().min(LONG) + STEPS_PER_BYTE_OF_LONG * long;
    pest::set_call_limit(NonZeroUsize::new(steps));
    cql2::parse_text(text).map_err(Box::new)
}

pub(super) fn compile(text: &str) -> Result<Node> {
    if text.trim().is_empty() {
        return Err(ExpressionError::Syntax(1, 1));
    }
    match (depth(text), collection(text)) {
        (None, _) => Err(ExpressionError::TooDeep),
        (_, Some(collection)) => Err(ExpressionError::Literal(collection.to_owned())),
        (Some(deep), _) if deep <= SHALLOW => read(text),
        _ => std::thread::scope(|scope| {
            let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || read(text));
            let read = reader.map_err(|_| ExpressionError::TooDeep)?.join();
            read.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        }),
    }
}

fn read(text: &str) -> Result<Node> {
    let marked = with_wholes(text);
    let mut found = parsed(&marked);
    if found.is_err() && marked != text {
        // The place of the fault is that in the text as it came.
        found = parsed(text);
    }
    let tree = match found {
        Ok(parsed) => node(parsed)?,
        Err(e) => return Err(fault(*e)),
    };
    if tree.levels() > LEVELS { Err(ExpressionError::TooDeep) } else { Ok(tree) }
}

/// What the parser says, in our words.
fn fault(e: cql2::Error) -> ExpressionError {
    match e {
        // The steps are used up.
        cql2::Error::Pest(e) if matches!(e.variant, pest::error::ErrorVariant::CustomError { .. }) => {
            ExpressionError::TooDeep
        }
        cql2::Error::Pest(e) => {
            let (line, column) = match e.line_col {
                pest::error::LineColLocation::Pos(at) => at,
                pest::error::LineColLocation::Span(from, _) => from,
            };
            ExpressionError::Syntax(line, column)
        }
        e => ExpressionError::Literal(e.to_string()),
    }
}

/// Begins a text that stands for a whole number: the parser reads numbers as floats.
const WHOLE: char = '\u{e000}';

/// The text with whole numbers that a float may not hold as marked texts.
fn with_wholes(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':');
    let (mut out, mut rest, mut before) = (String::with_capacity(text.len()), text, ' ');
    while let Some(first) = rest.chars().next() {
        let length = match first {
            // What is quoted stays as it is; of a doubled quote one ends and one begins.
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |at| at + 2),
            '0'..='9' => rest.bytes().take_while(u8::is_ascii_digit).count(),
            _ => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        let is_long = first.is_ascii_digit() && length > 15;
        if is_long && !is_part(before) && before != '+' && !behind.starts_with(is_part) {
            out.extend(['\'', WHOLE]);
            out.push_str(token);
            out.push('\'');
        } else {
            out.push_str(token);
        }
        before = token.chars().next_back().unwrap_or(' ');
        rest = behind;
    }
    out
}

fn node(parsed: Expr) -> Result<Node> {
    Ok(match parsed {
        Expr::Null => Node::Null,
        Expr::Bool(value) => Node::Bool(value),
        Expr::Float(value) => Node::Number(value),
        Expr::Literal(text) => match text.strip_prefix(WHOLE) {
            Some(digits) => Node::Whole(digits.to_owned()),
            None => Node::Text(text),
        },
        Expr::Property { property } => Node::Column(property),
        // Days and instants are written so that their texts stand in their order (RFC 3339).
        Expr::Date { date } => node(*date)?,
        Expr::Timestamp { timestamp } => node(*timestamp)?,
        Expr::Operation { op, args } => operation(&op, args.into_iter().map(|arg| *arg).collect())?,
        other @ (Expr::Interval { .. } | Expr::Array(_) | Expr::Geometry(_) | Expr::BBox { .. }) => {
            return Err(ExpressionError::Literal(other.to_text().unwrap_or_default()));
        }
    })
}

fn nodes(args: Vec<Expr>) -> Result<Vec<Node>> {
    args.into_iter().map(node).collect()
}

/// So many operands as an array.
fn exactly<const N: usize>(op: &str, args: Vec<Expr>) -> Result<Box<[Node; N]>> {
    let nodes: [Node; N] = nodes(args)?.try_into().map_err(|_| ExpressionError::Operands(op.to_owned()))?;
    Ok(Box::new(nodes))
}

fn operation(op: &str, mut args: Vec<Expr>) -> Result<Node> {
    let compared = |comparison, args| Ok(Node::Compare(comparison, exactly::<2>(op, args)?));
    match op {
        "and" => Ok(Node::And(nodes(args)?)),
        "or" => Ok(Node::Or(nodes(args)?)),
        "not" => Ok(Node::Not(Box::new(exactly::<1>(op, args)?.into_iter().next().unwrap_or(Node::Null)))),
        "isNull" => Ok(Node::IsNull(Box::new(exactly::<1>(op, args)?.into_iter().next().unwrap_or(Node::Null)))),
        "=" | "t_equals" => compared(Comparison::Equal, args),
        "<>" => compared(Comparison::NotEqual, args),
        "<" | "t_before" => compared(Comparison::Less, args),
        "<=" => compared(Comparison::AtMost, args),
        ">" | "t_after" => compared(Comparison::More, args),
        ">=" => compared(Comparison::AtLeast, args),
        "between" => Ok(Node::Between(exactly::<3>(op, args)?)),
        "in" => match (args.pop(), args.pop(), args.is_empty()) {
            (Some(Expr::Array(items)), Some(value), true) => {
                let items = items.into_iter().map(|item| node(*item)).collect::<Result<Vec<_>>>()?;
                let literals = Literals::of(&items).map(Box::new);
                Ok(Node::In(Box::new(node(value)?), items, literals))
            }
            _ => Err(ExpressionError::Operands(op.to_owned())),
        },
        "like" => match (args.pop(), args.pop(), args.is_empty()) {
            (Some(like), Some(value), true) => {
                let text = pattern_text(like).ok_or_else(|| ExpressionError::Operands(op.to_owned()))?;
                Ok(Node::Like(Box::new(node(value)?), pattern(&text)))
            }
            _ => Err(ExpressionError::Operands(op.to_owned())),
        },
        "+" | "-" | "*" | "/" | "%" | "^" | "div" => arithmetic(op, args),
        _ if op.starts_with("s_") => relation(op, args),
        _ => call(op, args),
    }
}

/// The text of a pattern: a literal, folded as what it is held against.
fn pattern_text(like: Expr) -> Option<String> {
    match like {
        Expr::Literal(text) if !text.starts_with(WHOLE) => Some(text),
        Expr::Operation { op, mut args } if args.len() == 1 => {
            let text = pattern_text(*args.pop()?)?;
            match op.to_lowercase().as_str() {
                "casei" => Some(without_case(&text)),
                "accenti" => Some(without_accents(&text)),
                "lower" => Some(text.to_lowercase()),
                "upper" => Some(text.to_uppercase()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Chains are read from the left.
fn arithmetic(op: &str, args: Vec<Expr>) -> Result<Node> {
    let kind = match op {
        "+" => Arithmetic::Add,
        "-" => Arithmetic::Subtract,
        "*" => Arithmetic::Multiply,
        "/" => Arithmetic::Divide,
        "div" => Arithmetic::Div,
        "%" => Arithmetic::Modulo,
        _ => Arithmetic::Power,
    };
    let mut nodes = nodes(args)?.into_iter();
    let (Some(first), true) = (nodes.next(), nodes.len() > 0) else {
        return Err(ExpressionError::Operands(op.to_owned()));
    };
    Ok(nodes.fold(first, |left, right| match (kind, left, right) {
        // The parser reads -9… as -1 * 9….
        (Arithmetic::Multiply, Node::Number(-1.0), Node::Whole(digits)) => Node::Whole(format!("-{digits}")),
        (kind, Node::Arithmetic(first, mut steps), right) => {
            steps.push((kind, right));
            Node::Arithmetic(first, steps)
        }
        (kind, left, right) => Node::Arithmetic(Box::new(left), vec![(kind, right)]),
    }))
}

fn relation(op: &str, mut args: Vec<Expr>) -> Result<Node> {
    let relation = match op {
        "s_intersects" => Relation::Intersects,
        "s_disjoint" => Relation::Disjoint,
        "s_within" => Relation::Within,
        "s_contains" => Relation::Contains,
        "s_touches" => Relation::Touches,
        "s_crosses" => Relation::Crosses,
        "s_overlaps" => Relation::Overlaps,
        "s_equals" => Relation::Equals,
        _ => return Err(ExpressionError::Unknown(op.to_owned())),
    };
    let (Some(second), Some(first), true) = (args.pop(), args.pop(), args.is_empty()) else {
        return Err(ExpressionError::Operands(op.to_owned()));
    };
    // A feature has one geometry, by whatever name it is called.
    let (relation, literal) = match (first, second) {
        (Expr::Property { .. }, literal) => (relation, literal),
        (literal, Expr::Property { .. }) => (relation.turned(), literal),
        _ => return Err(ExpressionError::Operands(op.to_owned())),
    };
    Ok(Node::Relate(relation, Box::new(place(literal)?)))
}

impl Relation {
    /// The relation of the second geometry to the first.
    fn turned(self) -> Self {
        match self {
            Self::Within => Self::Contains,
            Self::Contains => Self::Within,
            other => other,
        }
    }
}

fn place(literal: Expr) -> Result<Place> {
    let said = literal.to_text().unwrap_or_default();
    let wrong = || ExpressionError::Literal(said.clone());
    let json = match literal {
        Expr::Geometry(geometry) => serde_json::to_value(&geometry).map_err(|_| wrong())?,
        Expr::BBox { bbox } => {
            let number = |n: Box<Expr>| match *n {
                Expr::Float(n) => Some(n),
                _ => None,
            };
            let numbers: Vec<f64> = bbox.into_iter().map(number).collect::<Option<_>>().ok_or_else(wrong)?;
            let (w, s, e, n) = match numbers[..] {
                [w, s, e, n] | [w, s, _, e, n, _] => (w, s, e, n),
                _ => return Err(wrong()),
            };
            serde_json::json!({"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]})
        }
        _ => return Err(wrong()),
    };
    let Ok(Edited::Feature(layer, _)) = read_feature(json.to_string().into_bytes()) else { return Err(wrong()) };
    let geometry = layer.geometries.geometry(0).filter(|_| !layer.unusable[0]).ok_or_else(wrong)?;
    Ok(Place { bounds: geometry.bounds(), geometry: to_geo(&geometry) })
}

fn call(op: &str, args: Vec<Expr>) -> Result<Node> {
    use Function::*;
    // The name, the least and the most operands.
    let known = [
        ("area_m2", AreaM2, 0, 0),
        ("length_m", LengthM, 0, 0),
        ("lon", Lon, 0, 0),
        ("lat", Lat, 0, 0),
        ("id", Id, 0, 0),
        ("abs", Abs, 1, 1),
        ("floor", Floor, 1, 1),
        ("ceil", Ceil, 1, 1),
        ("sqrt", Sqrt, 1, 1),
        ("round", Round, 1, 2),
        ("least", Least, 1, usize::MAX),
        ("greatest", Greatest, 1, usize::MAX),
        ("number", Number, 1, 1),
        ("concat", Concat, 1, usize::MAX),
        ("upper", Upper, 1, 1),
        ("lower", Lower, 1, 1),
        ("casei", CaseI, 1, 1),
        ("accenti", AccentI, 1, 1),
        ("trim", Trim, 1, 1),
        ("length", Length, 1, 1),
        ("text", Text, 1, 1),
        ("coalesce", Coalesce, 1, usize::MAX),
    ];
    let found = known.iter().find(|(name, ..)| *name == op.to_lowercase());
    let (_, function, least, most) = found.ok_or_else(|| ExpressionError::Unknown(op.to_owned()))?;
    if args.len() < *least || args.len() > *most {
        return Err(ExpressionError::Operands(op.to_owned()));
    }
    Ok(Node::Call(*function, nodes(args)?))
}
