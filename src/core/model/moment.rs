//! A file's time as JSON: seconds since 1970, below zero before it, and the nanoseconds past them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::{Duration, SystemTime};

const NANOS: u32 = 1_000_000_000;

/// The names are those that serde gives a time, so that older journals are read and older programs read newer ones.
#[derive(Serialize, Deserialize)]
struct Moment {
    secs_since_epoch: i64,
    nanos_since_epoch: u32,
}

impl Moment {
    fn of(time: SystemTime) -> Option<Self> {
        let whole = |since: Duration| i64::try_from(since.as_secs()).ok();
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Some(Self { secs_since_epoch: whole(since)?, nanos_since_epoch: since.subsec_nanos() }),
            Err(e) => {
                let (secs, nanos) = (whole(e.duration())?, e.duration().subsec_nanos());
                Some(match nanos {
                    0 => Self { secs_since_epoch: -secs, nanos_since_epoch: 0 },
                    nanos => Self { secs_since_epoch: -secs - 1, nanos_since_epoch: NANOS - nanos },
                })
            }
        }
    }

    fn time(&self) -> Option<SystemTime> {
        if self.nanos_since_epoch >= NANOS {
            return None;
        }
        let secs = Duration::from_secs(self.secs_since_epoch.unsigned_abs());
        let whole = match self.secs_since_epoch < 0 {
            true => SystemTime::UNIX_EPOCH.checked_sub(secs),
            false => SystemTime::UNIX_EPOCH.checked_add(secs),
        };
        whole?.checked_add(Duration::from_nanos(u64::from(self.nanos_since_epoch)))
    }
}

/// Writes a time; one that no number holds is left out.
pub fn serialize<S: Serializer>(time: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
    time.and_then(Moment::of).serialize(to)
}

/// Reads a time.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SystemTime>, D::Error> {
    let moment: Option<Moment> = Option::deserialize(from)?;
    let no_time = || D::Error::custom("a time that no file can have");
    moment.map(|moment| moment.time().ok_or_else(no_time)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Stamp {
        #[serde(with = "super")]
        written: Option<SystemTime>,
    }

    #[test]
    fn times_before_and_after_1970_come_back() {
        let epoch = SystemTime::UNIX_EPOCH;
        let nanos = Duration::from_nanos(1_500_000_001);
        for written in
            [None, Some(epoch), Some(epoch + nanos), Some(epoch - nanos), Some(epoch - Duration::from_secs(7))]
        {
            let text = serde_json::to_string(&Stamp { written }).expect("every time can be written");
            assert_eq!(serde_json::from_str::<Stamp>(&text).expect("readable"), Stamp { written }, "{text}");
        }
        // As serde writes it, and as no clock can show it.
        let serde = r#"{"written":{"secs_since_epoch":12,"nanos_since_epoch":34}}"#;
        let stamp: Stamp = serde_json::from_str(serde).expect("readable");
        assert_eq!(stamp.written, Some(epoch + Duration::new(12, 34)));
        for secs in ["18446744073709551615", "9223372036854775807", "-9223372036854775808", "1e18"] {
            let text = format!(r#"{{"written":{{"secs_since_epoch":{secs},"nanos_since_epoch":0}}}}"#);
            // Some systems have such times; none breaks down.
            let _ = serde_json::from_str::<Stamp>(&text);
        }
        assert!(serde_json::from_str::<Stamp>(&serde.replace("34", "1000000000")).is_err());
    }
}
