//! What an answer says about the layers it was worked out from.

use crate::index::IndexedLayer;

/// A layer in the provenance of an answer: what it was asked as, its file, how many features it has, the file's SHA-256,
/// its coordinate system and encoding; where they apply, the box of which features were read alone, the condition that chose its features and the number of edits
/// that its file does not hold yet. Of a table of a shared store the server, the table and the number of its last change, too.
///
/// # Errors
/// Where the layer's file cannot be read or is no longer what it was.
pub(crate) fn input(role: &str, indexed: &IndexedLayer) -> std::io::Result<serde_json::Value> {
    let layer = indexed.layer();
    let mut input = serde_json::json!({
        "input": role,
        "file": layer.source.file_name,
        "features": indexed.feature_count(),
        "sha256": layer.source.digest.sha256()?,
        "crs": layer.declared_crs.as_deref().unwrap_or("WGS 84 (none declared)"),
        "encoding": layer.encoding,
    });
    if let Some(store) = &layer.source.store {
        // The hash above is of the table's rows.
        input["store"] = serde_json::json!({
            "server": store.server,
            "database": store.database,
            "table": store.table,
            "feed": store.feed,
        });
    }
    if let Some(bbox) = layer.source.read_as.bbox {
        // The hash is the whole file's.
        input["bbox"] = <[f64; 4]>::from(bbox).to_vec().into();
    }
    if let Some(text) = indexed.chosen_by() {
        input["where"] = text.into();
    }
    if !layer.edits.is_empty() {
        // The hash is the file's; what was asked is the layer as it stood in the window.
        input["unsaved_edits"] = layer.edits.count().into();
    }
    Ok(input)
}
