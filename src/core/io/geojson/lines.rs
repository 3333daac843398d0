//! Line-delimited GeoJSON: one feature a line (GeoJSONL), or behind a record separator (RFC 8142).

/// Begins a record of a GeoJSON text sequence.
const RECORD_SEPARATOR: u8 = 0x1e;

/// The features of such a text as one collection, every byte of them on the line where it stood.
pub(super) fn as_collection(text: &[u8]) -> Vec<u8> {
    let has_separators = text.trim_ascii_start().first() == Some(&RECORD_SEPARATOR);
    let end = if has_separators { RECORD_SEPARATOR } else { b'\n' };
    let mut out = b"{\"type\":\"FeatureCollection\",\"features\":[".to_vec();
    out.reserve(text.len() + 2);
    let mut is_first = true;
    for (i, record) in text.split(|byte| *byte == end).enumerate() {
        if i > 0 && !has_separators {
            out.push(b'\n');
        }
        if record.trim_ascii().is_empty() {
            out.extend(record.iter().filter(|byte| **byte == b'\n'));
            continue;
        }
        if !std::mem::take(&mut is_first) {
            out.push(b',');
        }
        out.extend_from_slice(record);
    }
    out.extend_from_slice(b"]}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_of_lines_is_written_as_lines() {
        let line = r#"{"type":"Feature","id":7,"x":1.50,"properties":{"n":"山"},"geometry":{"type":"Point","coordinates":[121.0,31.0,4.5]}}"#;
        let options = crate::io::ReadOptions::default();
        let text = format!("\u{1e}{line}\n\u{1e}{}\n", line.replace(':', ":\n"));
        let layer =
            crate::io::read_layer_bytes(text.as_bytes(), "a.geojsonl", &options, &crate::progress::Progress::default())
                .expect("two features");
        let mut written = Vec::new();
        super::super::write_layer(&layer, &mut written).expect("in memory");
        let expected = format!("{line}\n{}\n", line.replace(':', ": "));
        assert_eq!(String::from_utf8(written).expect("text"), expected);
    }

    #[test]
    fn records_become_one_list_on_their_lines() {
        for (text, expected) in [
            ("{}\n{}\n", "{\"type\":\"FeatureCollection\",\"features\":[{}\n,{}\n]}"),
            ("{}\r\n\r\n{}", "{\"type\":\"FeatureCollection\",\"features\":[{}\r\n\n,{}]}"),
            ("\u{1e}{\n}\n\u{1e}{}\n", "{\"type\":\"FeatureCollection\",\"features\":[{\n}\n,{}\n]}"),
        ] {
            let made = String::from_utf8(as_collection(text.as_bytes())).expect("text");
            assert_eq!(made, expected, "{text:?}");
        }
    }
}
