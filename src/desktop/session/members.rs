//! The layers of files that hold several: which there are, and how each is read.

use crate::io::{ReadError, ReadOptions, is_layer_folder, layers_of};
use crate::model::ReadAs;
use std::path::{Path, PathBuf};

/// A layer to be read: its file, and which of its layers.
pub(super) type Member = (PathBuf, ReadAs);

/// True for a folder of files, false for a file and for a folder that is one format (`x.gdb`).
pub(super) fn is_folder(path: &Path) -> bool {
    path.is_dir() && !is_layer_folder(path)
}

/// Every layer of files, in their order; files whose layers cannot be told are named.
pub(super) fn members_of(files: Vec<PathBuf>, options: &ReadOptions) -> (Vec<Member>, Vec<ReadError>) {
    let (mut members, mut failed) = (Vec::new(), Vec::new());
    for file in files {
        if options.layer.is_some() {
            members.push((file, ReadAs::default()));
            continue;
        }
        match layers_of(&file, options) {
            Ok(layers) if layers.len() < 2 => members.push((file, ReadAs::default())),
            Ok(layers) => members.extend(layers.into_iter().map(|layer| {
                let read_as = ReadAs { layer: Some(layer.name), ..ReadAs::default() };
                (file.clone(), read_as)
            })),
            Err(e) => failed.push(e),
        }
    }
    (members, failed)
}
