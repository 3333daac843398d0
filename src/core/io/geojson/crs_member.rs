//! The `crs` member of a GeoJSON text, which RFC 7946 dropped and files still have.

use crate::geodesy::crs::Crs;

/// What a `crs` member says.
pub(super) enum CrsMember {
    /// Nothing: it is null.
    Silent,
    /// This system (GeoJSON 2008's `name`, and forms seen in the wild).
    Names(String),
    /// Something that names no system.
    Unclear,
}

/// Reads the JSON of a `crs` member.
pub(super) fn crs_member(json: &[u8]) -> CrsMember {
    use serde_json::Value;
    let Ok(value) = serde_json::from_slice::<Value>(json) else { return CrsMember::Unclear };
    let property = |name: &str| value.get("properties").and_then(|p| p.get(name));
    match &value {
        Value::Null => CrsMember::Silent,
        Value::String(name) if Crs::parse(name).is_ok() => CrsMember::Names(name.clone()),
        _ => match (property("name"), property("code")) {
            (Some(Value::String(name)), _) => CrsMember::Names(name.clone()),
            (_, Some(code @ (Value::Number(_) | Value::String(_)))) => {
                CrsMember::Names(format!("EPSG:{}", code.to_string().trim_matches('"')))
            }
            _ => CrsMember::Unclear,
        },
    }
}
