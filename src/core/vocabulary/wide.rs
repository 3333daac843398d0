//! What a wide term leaves open: narrower terms that its word does not rule out, by their codes and their classes.

use super::Term;
use std::collections::{BTreeSet, HashMap};

/// Puts the terms whose codes a section holds under it: 61 and 62 under 住宿和餐饮业.
pub(super) fn put_under_sections(terms: &mut [Term]) {
    let sections: Vec<Term> = terms.iter().filter(|term| !term.holds.is_empty()).cloned().collect();
    for section in sections {
        let is_held = |code: &String| section.holds.iter().any(|own| code.starts_with(own.as_str()));
        let of_list = terms.iter_mut().filter(|term| term.list == section.list && term.is != section.is);
        for term in of_list.filter(|term| term.codes.iter().any(is_held)) {
            if !term.under.contains(&section.is) {
                term.under.push(section.is.clone());
            }
        }
    }
}

/// Of each term that stands above others, these and their classes, without what it is itself: the terms whose codes begin with
/// one of its own (27 holds 271), and, in a list of which that is so, those right under it.
pub(super) fn within(terms: &[Term], above: &HashMap<String, BTreeSet<String>>) -> HashMap<String, BTreeSet<String>> {
    let mut within: HashMap<String, BTreeSet<String>> = HashMap::new();
    let mut open = |wide: &str, narrow: &str| {
        let (Some(own), Some(theirs)) = (above.get(wide), above.get(narrow)) else { return };
        // What lies above the wide one, as two names of one thing do, is not narrower.
        if wide != narrow && !own.contains(narrow) {
            let more = theirs.iter().filter(|class| !own.contains(*class)).cloned();
            within.entry(wide.to_owned()).or_default().extend(more);
        }
    };
    let codes: Vec<(&Term, &String)> =
        terms.iter().flat_map(|term| term.codes.iter().map(move |code| (term, code))).collect();
    for (wide, own) in &codes {
        let longer = codes
            .iter()
            .filter(|(term, code)| term.list == wide.list && code.len() > own.len() && code.starts_with(own.as_str()));
        longer.for_each(|(narrow, _)| open(&wide.is, &narrow.is));
    }
    // A class of the statistics, or a section. The everyday name of a trade (食品, 电子信息) means what it is mostly: were it
    // wide, every bakery might be a brewery.
    let is_statistical = |class: &String| {
        terms.iter().any(|term| term.is == *class && !(term.codes.is_empty() && term.holds.is_empty()))
    };
    for narrow in terms.iter().filter(|term| term.classes_are_wide) {
        narrow.under.iter().filter(|class| is_statistical(class)).for_each(|class| open(class, &narrow.is));
    }
    within
}
