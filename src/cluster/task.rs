//! A tile's task and what comes back for it, as bytes.

use shanshui_core::query::{Reader, WireError, Writer};

/// Rows of one layer that a task needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The layer's file, as every machine of the cluster finds it.
    pub file: String,
    /// The row groups of it that hold them.
    pub groups: Vec<u32>,
    /// Their numbers in the layer, in rising order.
    pub rows: Vec<u32>,
}

/// The work on the rows of one tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Who may do it: this build and no other ([`crate::identity::id`]).
    pub build: String,
    /// The data set.
    pub data: String,
    /// Its number among the tasks of its job.
    pub tile: u32,
    /// The rows that it needs: of the layer that is worked on, and of each that it is held against.
    pub layers: Vec<Rows>,
    /// How many of the first layer's rows are worked on.
    pub owned: u32,
    /// The work, for [`shanshui_core::query::done_for`].
    pub question: Vec<u8>,
}

/// What an executor says of a task: always something, whatever went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The task's number; `None` where the task could not be read.
    pub tile: Option<u32>,
    /// The data set that the task named.
    pub data: String,
    /// The build that did it.
    pub build: String,
    /// The executor.
    pub executor: String,
    /// Rows worked on.
    pub owned: u32,
    /// Rows read for that.
    pub read: u32,
    /// How long it took.
    pub seconds: f64,
    /// What was found, or why nothing was.
    pub found: Result<Vec<u8>, Failed>,
}

/// Why a task came to nothing. The words are for the people who run the cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failed {
    /// The task is another build's.
    #[error("it is of build {asked}, and this executor is of build {own}")]
    Build {
        /// Whose it is.
        asked: String,
        /// The executor's.
        own: String,
    },
    /// It cannot be read.
    #[error("the task cannot be read: {0}")]
    Task(String),
    /// Rows cannot be read.
    #[error("{file}: {cause}")]
    Data {
        /// The file.
        file: String,
        /// Why.
        cause: String,
    },
    /// The work failed.
    #[error("{0}")]
    Work(String),
    /// It went wrong in a way that nobody expected: this is a fault of the program.
    #[error("the work on it panicked: {0}")]
    Panic(String),
}

fn text(out: &mut Writer, text: &str) {
    out.bytes(text.as_bytes());
}

fn text_of(from: &mut Reader<'_>) -> Result<String, WireError> {
    let bytes = from.bytes()?.to_vec();
    String::from_utf8(bytes).or_else(|_| from.wrong("no text"))
}

fn number(from: &mut Reader<'_>) -> Result<u32, WireError> {
    let count = from.count()?;
    u32::try_from(count).or_else(|_| from.wrong("a number that is too large"))
}

/// Numbers that rise, by how much they do: most take one byte.
fn rising(out: &mut Writer, numbers: &[u32]) {
    out.count(numbers.len());
    let mut next = 0;
    for number in numbers {
        let mut step = number - next;
        while step >= 0x80 {
            out.byte(step as u8 | 0x80);
            step >>= 7;
        }
        out.byte(step as u8);
        next = number.saturating_add(1);
    }
}

fn rising_of(from: &mut Reader<'_>) -> Result<Vec<u32>, WireError> {
    let mut next = 0_u64;
    from.list(|from| {
        let (mut step, mut shift) = (0_u64, 0);
        loop {
            let byte = from.byte()?;
            step |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                break;
            }
            if shift > 28 {
                return from.wrong("a number that is too large");
            }
        }
        let Ok(number) = u32::try_from(next + step) else { return from.wrong("a number that is too large") };
        next = u64::from(number) + 1;
        Ok(number)
    })
}

/// What the first byte of a task's and of a receipt's bytes says: others are of another form.
const FORM: u8 = 1;

impl Task {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(FORM);
        text(&mut out, &self.build);
        text(&mut out, &self.data);
        out.count(self.tile as usize);
        out.list(&self.layers, |out, layer| {
            text(out, &layer.file);
            rising(out, &layer.groups);
            rising(out, &layer.rows);
        });
        out.count(self.owned as usize);
        out.bytes(&self.question);
        out.into_bytes()
    }

    /// Of bytes; whether its work can be read is seen when it is done.
    ///
    /// # Errors
    /// [`WireError`] where it is no task of this form.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut from = Reader::new(bytes);
        if from.byte()? != FORM {
            return from.wrong("a task of another form");
        }
        let task = Self {
            build: text_of(&mut from)?,
            data: text_of(&mut from)?,
            tile: number(&mut from)?,
            layers: from
                .list(|from| Ok(Rows { file: text_of(from)?, groups: rising_of(from)?, rows: rising_of(from)? }))?,
            owned: number(&mut from)?,
            question: from.bytes()?.to_vec(),
        };
        from.end()?;
        Ok(task)
    }
}

impl Receipt {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(FORM);
        out.option(self.tile, |out, tile| out.count(tile as usize));
        text(&mut out, &self.data);
        text(&mut out, &self.build);
        text(&mut out, &self.executor);
        out.count(self.owned as usize);
        out.count(self.read as usize);
        out.float(self.seconds);
        match &self.found {
            Ok(found) => {
                out.byte(0);
                out.bytes(found);
            }
            Err(Failed::Build { asked, own }) => {
                out.byte(1);
                text(&mut out, asked);
                text(&mut out, own);
            }
            Err(Failed::Task(cause)) => {
                out.byte(2);
                text(&mut out, cause);
            }
            Err(Failed::Data { file, cause }) => {
                out.byte(3);
                text(&mut out, file);
                text(&mut out, cause);
            }
            Err(Failed::Work(cause)) => {
                out.byte(4);
                text(&mut out, cause);
            }
            Err(Failed::Panic(cause)) => {
                out.byte(5);
                text(&mut out, cause);
            }
        }
        out.into_bytes()
    }

    /// Of bytes.
    ///
    /// # Errors
    /// [`WireError`] where it is no receipt of this form.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut from = Reader::new(bytes);
        if from.byte()? != FORM {
            return from.wrong("a receipt of another form");
        }
        let receipt = Self {
            tile: from.option(number)?,
            data: text_of(&mut from)?,
            build: text_of(&mut from)?,
            executor: text_of(&mut from)?,
            owned: number(&mut from)?,
            read: number(&mut from)?,
            seconds: from.float()?,
            found: match from.byte()? {
                0 => Ok(from.bytes()?.to_vec()),
                1 => Err(Failed::Build { asked: text_of(&mut from)?, own: text_of(&mut from)? }),
                2 => Err(Failed::Task(text_of(&mut from)?)),
                3 => Err(Failed::Data { file: text_of(&mut from)?, cause: text_of(&mut from)? }),
                4 => Err(Failed::Work(text_of(&mut from)?)),
                5 => Err(Failed::Panic(text_of(&mut from)?)),
                _ => return from.wrong("neither found nor failed"),
            },
        };
        from.end()?;
        Ok(receipt)
    }
}
