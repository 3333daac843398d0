//! Which layers of a folder or a project count: files that are another's copy are left out, and of several with one role only one keeps
//! it until somebody says more.

use super::contents::{Doubled, Ignored, Read, ReadLayer, Reason, Taken, Why};
use super::copies::copied_from;
use crate::model::Role;
use std::path::Path;

/// What is counted: files that are another's copy are left out, and of several with one role only one stays with it.
pub(super) fn decide(read: &mut Read<'_>, is_folder: bool) {
    let mut left_out: Vec<usize> = Vec::new();
    let mut roles: Vec<Role> = read.layers.iter().filter_map(|one| one.role).collect();
    roles.sort_unstable();
    roles.dedup();
    for role in roles {
        let mut of_role: Vec<usize> = (0..read.layers.len()).filter(|i| read.layers[*i].role == Some(role)).collect();
        // First what somebody said, then what is called after the role, then what is called no copy.
        of_role.sort_by_key(|i| {
            let one = &read.layers[*i];
            let stem = one.stem();
            (one.reason, !stem.eq_ignore_ascii_case(role.id()), copied_from(&stem).is_some(), *i)
        });
        let mut kept: Vec<usize> = Vec::new();
        for i in of_role {
            match kept.iter().find_map(|k| copy_of(&read.layers[i], &read.layers[*k], is_folder)) {
                Some(why) => {
                    read.contents.ignored.push(Ignored { file: read.layers[i].layer.source.file_name.clone(), why });
                    left_out.push(i);
                }
                None => kept.push(i),
            }
        }
        let is_said = |i: &usize| matches!(read.layers[*i].reason, Some(Reason::Project | Reason::Store));
        let in_doubt: Vec<usize> = kept.iter().skip(1).copied().filter(|i| !is_said(i)).collect();
        if !in_doubt.is_empty() {
            let files = kept.iter().map(|i| read.layers[*i].layer.source.file_name.clone()).collect();
            read.contents.doubled.push(Doubled { role, files });
        }
        for i in in_doubt {
            let one = &mut read.layers[i];
            (one.role, one.reason, one.layer.guessed_role, one.is_apart) = (None, None, None, true);
        }
    }
    let mut at = 0..;
    read.layers.retain(|_| !at.next().is_some_and(|i| left_out.contains(&i)));
    for one in &read.layers {
        let file = one.layer.source.file_name.clone();
        match one.reason {
            Some(reason) => read.contents.layers.push(Taken { file, role: one.role, reason }),
            None if read.contents.doubled.iter().any(|doubled| doubled.files.contains(&file)) => {}
            None if one.is_apart => {
                let why = if one.layer.as_read.is_answer { Why::Answer } else { Why::SetApart };
                read.contents.ignored.push(Ignored { file, why });
            }
            None => read.contents.ignored.push(Ignored { file, why: Why::NoRole }),
        }
    }
    read.contents.ignored.sort_by(|a, b| (&a.file, &a.why).cmp(&(&b.file, &b.why)));
}

/// Why a layer is another of the same role once more; `None` where it is not.
fn copy_of(one: &ReadLayer<'_>, other: &ReadLayer<'_>, is_folder: bool) -> Option<Why> {
    let of = || other.layer.source.file_name.clone();
    let place = |path: &Path| path.canonicalize().ok();
    if one.layer.source.read_as.layer != other.layer.source.read_as.layer {
        return None;
    }
    if place(&one.path).is_some_and(|own| Some(own) == place(&other.path)) {
        return Some(Why::SameFile(of()));
    }
    let is_same = one.layer.source.bytes == other.layer.source.bytes
        && matches!(
            (one.layer.source.digest.sha256(), other.layer.source.digest.sha256()), (Ok(a), Ok(b)) if a == b);
    if is_same {
        return Some(Why::SameContent(of()));
    }
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let is_called = is_folder && copied_from(&stem(&one.path)).is_some() && copied_from(&stem(&other.path)).is_none();
    is_called.then(|| Why::Copy(of()))
}
