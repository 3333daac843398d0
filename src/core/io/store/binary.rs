//! The binary form of `COPY`: rows of counted fields, and values in them.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4>

use crate::io::formats::{Date, DateTime, Time};
use sha2::{Digest, Sha256};
use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// How every such stream begins.
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// Days from 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const EPOCH_DAYS: i64 = 10_957;
const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("COPY: {what}"))
}

/// Rows as they come. Of all that came a hash is kept.
pub(super) struct Rows<R> {
    reader: R,
    hash: Sha256,
    bytes: Vec<u8>,
    /// Start and end of each field in `bytes`; none for null.
    fields: Vec<Option<(usize, usize)>>,
}

impl<R: BufRead> Rows<R> {
    /// Reads the head of a stream.
    ///
    /// # Errors
    /// Where it cannot be read or is none.
    pub(super) fn new(mut reader: R) -> Result<Self> {
        let mut head = [0; 19];
        reader.read_exact(&mut head)?;
        if head[..11] != SIGNATURE[..] {
            return Err(damaged("no signature"));
        }
        // Bits from 16 on change the form of what follows.
        if u32::from_be_bytes([head[11], head[12], head[13], head[14]]) >> 16 != 0 {
            return Err(damaged("unknown flags"));
        }
        let extension = u32::from_be_bytes([head[15], head[16], head[17], head[18]]);
        let skipped = std::io::copy(&mut (&mut reader).take(u64::from(extension)), &mut std::io::sink())?;
        if skipped != u64::from(extension) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(Self { reader, hash: Sha256::new(), bytes: Vec::new(), fields: Vec::new() })
    }

    /// The next row, which has so many fields; false behind the last one, whose end was seen.
    ///
    /// # Errors
    /// Where the stream ends before its end mark, or a row has another number of fields.
    pub(super) fn next(&mut self, fields: usize) -> Result<bool> {
        self.bytes.clear();
        self.fields.clear();
        let mut two = [0; 2];
        self.reader.read_exact(&mut two)?;
        let count = i16::from_be_bytes(two);
        if count == -1 {
            // Nothing may follow; a connection that is cut here gives an error.
            return match self.reader.fill_buf()?.is_empty() {
                true => Ok(false),
                false => Err(damaged("bytes behind the end")),
            };
        }
        if usize::try_from(count) != Ok(fields) {
            return Err(damaged("another number of fields"));
        }
        for _ in 0..fields {
            let mut four = [0; 4];
            self.reader.read_exact(&mut four)?;
            self.hash.update(four);
            let length = i32::from_be_bytes(four);
            if length == -1 {
                self.fields.push(None);
                continue;
            }
            let length = usize::try_from(length).map_err(|_| damaged("a negative length"))?;
            let from = self.bytes.len();
            let read = (&mut self.reader).take(length as u64).read_to_end(&mut self.bytes)?;
            if read != length {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.hash.update(&self.bytes[from..]);
            self.fields.push(Some((from, self.bytes.len())));
        }
        Ok(true)
    }

    /// The bytes of a field of the row; `None` for null.
    pub(super) fn field(&self, at: usize) -> Option<&[u8]> {
        let (from, to) = (*self.fields.get(at)?)?;
        Some(&self.bytes[from..to])
    }

    /// The hash of the rows that came, begun with what they are.
    pub(super) fn hash(self, head: &str) -> String {
        let mut all = Sha256::new();
        all.update(head.as_bytes());
        all.update(self.hash.finalize());
        all.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            text.push_str(&format!("{byte:02x}"));
            text
        })
    }
}

/// A number's bytes, of which there must be as many as it has.
fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| damaged("a value of another length"))
}

/// A truth.
pub(super) fn truth(bytes: &[u8]) -> Result<bool> {
    Ok(exact::<1>(bytes)? != [0])
}

/// A whole number of two, four or eight bytes.
pub(super) fn integer(bytes: &[u8]) -> Result<i64> {
    match bytes.len() {
        2 => Ok(i64::from(i16::from_be_bytes(exact(bytes)?))),
        4 => Ok(i64::from(i32::from_be_bytes(exact(bytes)?))),
        _ => Ok(i64::from_be_bytes(exact(bytes)?)),
    }
}

/// A floating point number. One of four bytes is the number that its shortest decimal says: 0.1 stays 0.1.
pub(super) fn real(bytes: &[u8]) -> Result<f64> {
    match bytes.len() {
        4 => {
            let short = f32::from_be_bytes(exact(bytes)?);
            Ok(if short.is_finite() { short.to_string().parse().unwrap_or(f64::from(short)) } else { f64::NAN })
        }
        _ => Ok(f64::from_be_bytes(exact(bytes)?)),
    }
}

/// A text.
pub(super) fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| damaged("a text that is not UTF-8"))
}

/// A day; `None` for `infinity` and years that no calendar of ISO 8601's four digits has.
pub(super) fn day(bytes: &[u8]) -> Result<Option<Date>> {
    let days = i32::from_be_bytes(exact(bytes)?);
    Ok(civil(i64::from(days)).filter(|_| days != i32::MAX && days != i32::MIN))
}

fn civil(days: i64) -> Option<Date> {
    let date = crate::io::formats::civil_from_days(days + EPOCH_DAYS);
    (1..=9999).contains(&date.year).then_some(date)
}

/// A time of day; `None` for 24:00:00.
pub(super) fn time(bytes: &[u8]) -> Result<Option<Time>> {
    let micros = i64::from_be_bytes(exact(bytes)?);
    Ok((0..MICROSECONDS_A_DAY).contains(&micros).then(|| crate::io::formats::time_of_day(micros)))
}

/// A day and a time, in UTC where it is a moment (`timestamptz`); `None` as for days.
pub(super) fn moment(bytes: &[u8], is_utc: bool) -> Result<Option<DateTime>> {
    let micros = i64::from_be_bytes(exact(bytes)?);
    if micros == i64::MAX || micros == i64::MIN {
        return Ok(None);
    }
    let date = civil(micros.div_euclid(MICROSECONDS_A_DAY));
    let time = crate::io::formats::time_of_day(micros.rem_euclid(MICROSECONDS_A_DAY));
    Ok(date.map(|date| DateTime { date, time, offset_minutes: is_utc.then_some(0) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(rows: &[&[Option<&[u8]>]]) -> Vec<u8> {
        let mut bytes = [&SIGNATURE[..], &[0; 8]].concat();
        for row in rows {
            bytes.extend((row.len() as i16).to_be_bytes());
            for field in *row {
                match field {
                    None => bytes.extend((-1_i32).to_be_bytes()),
                    Some(field) => {
                        bytes.extend((field.len() as i32).to_be_bytes());
                        bytes.extend_from_slice(field);
                    }
                }
            }
        }
        bytes.extend((-1_i16).to_be_bytes());
        bytes
    }

    #[test]
    fn rows_are_read_to_their_end() {
        let bytes = stream(&[&[Some(b"ab"), None], &[Some(b""), Some(b"c")]]);
        let mut rows = Rows::new(&bytes[..]).expect("a head");
        assert!(rows.next(2).expect("a row"));
        assert_eq!((rows.field(0), rows.field(1), rows.field(2)), (Some(&b"ab"[..]), None, None));
        assert!(rows.next(2).expect("a row"));
        assert_eq!((rows.field(0), rows.field(1)), (Some(&b""[..]), Some(&b"c"[..])));
        assert!(!rows.next(2).expect("the end"));
        let hash = rows.hash("a");
        let again = stream(&[&[Some(b"ab"), None], &[Some(b""), Some(b"d")]]);
        let mut rows = Rows::new(&again[..]).expect("a head");
        while rows.next(2).expect("a row") {}
        assert!(hash.len() == 64 && hash != rows.hash("a"));
    }

    #[test]
    fn a_stream_that_is_cut_anywhere_is_no_end() {
        let bytes = stream(&[&[Some(b"ab"), None], &[Some(b"cd"), Some(b"e")]]);
        for end in 0..bytes.len() {
            let read = Rows::new(&bytes[..end]).and_then(|mut rows| {
                while rows.next(2)? {}
                Ok(())
            });
            assert!(read.is_err(), "{end} of {} bytes", bytes.len());
        }
        let more = [&bytes[..], b"x"].concat();
        let mut rows = Rows::new(&more[..]).expect("a head");
        assert!(rows.next(2).is_ok() && rows.next(2).is_ok() && rows.next(2).is_err());
        assert!(Rows::new(&bytes[..]).expect("a head").next(3).is_err());
    }

    #[test]
    fn values_are_what_they_were() {
        assert_eq!(integer(&310_113_001_000_000_001_i64.to_be_bytes()).ok(), Some(310_113_001_000_000_001));
        assert_eq!(integer(&(-2_i16).to_be_bytes()).ok(), Some(-2));
        assert_eq!(real(&0.1_f32.to_be_bytes()).ok(), Some(0.1));
        assert_eq!(real(&0.1_f64.to_be_bytes()).ok(), Some(0.1));
        assert!(integer(b"abc").is_err() && truth(b"").is_err() && text(b"\xff").is_err());
        let date = |days: i32| day(&days.to_be_bytes()).expect("four bytes");
        assert_eq!(date(0), Some(Date { year: 2000, month: 1, day: 1 }));
        assert_eq!(date(-1), Some(Date { year: 1999, month: 12, day: 31 }));
        assert_eq!((date(i32::MAX), date(i32::MIN), date(-800_000)), (None, None, None));
        let at = moment(&(-1_i64).to_be_bytes(), true).expect("eight bytes").expect("a moment");
        assert_eq!((at.date.year, at.time.hour, at.time.nanosecond), (1999, 23, 999_999_000));
        assert_eq!(at.offset_minutes, Some(0));
        assert_eq!(time(&MICROSECONDS_A_DAY.to_be_bytes()).expect("eight bytes"), None);
    }
}
