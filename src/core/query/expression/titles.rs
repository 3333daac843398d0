//! Columns by what people call them: 类型 = '工业排污口' asks for `class`, as the table's heading does.

use crate::i18n::{Lang, tr};
use crate::model::{Layer, Role};
use crate::vocabulary::Vocabulary;

/// The number of the one column of a layer that is called so: by the file's own title, by the program or by the vocabulary, in
/// either language, with or without its unit in brackets. `None` where none is, or where several are.
///
/// Cost: the columns of the layer times the roles; asked only where no column has the name itself.
pub(super) fn column_titled(layer: &Layer, title: &str) -> Option<usize> {
    let names = layer.attributes.names();
    let is_called = |column: &usize| {
        let own = layer.field(*column).and_then(|field| field.title.as_deref());
        own.is_some_and(|own| is_title(own, title)) || titles(&names[*column]).any(|known| is_title(&known, title))
    };
    let mut found = (0..names.len()).filter(is_called);
    found.next().filter(|_| found.next().is_none())
}

/// What the program and the vocabulary call a property.
fn titles(name: &str) -> impl Iterator<Item = String> {
    let key = format!("column.{name}");
    let by_program = [Lang::Zh, Lang::En].map(|lang| tr!(lang, key.as_str()).into_owned());
    let properties = Role::ALL.iter().filter_map(move |role| Vocabulary::builtin().property(*role, name));
    let by_vocabulary: Vec<String> =
        properties.flat_map(|of| [Lang::Zh, Lang::En].map(|lang| of.called(lang).to_owned())).collect();
    by_program.into_iter().filter(move |text| !text.contains(&key)).chain(by_vocabulary)
}

/// True where a title is the one that was typed, its unit in brackets aside.
fn is_title(own: &str, typed: &str) -> bool {
    let plain = own.split(['（', '(']).next().unwrap_or(own).trim();
    own.eq_ignore_ascii_case(typed) || plain.eq_ignore_ascii_case(typed)
}
