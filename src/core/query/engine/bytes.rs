//! Numbers as bytes, little end first, and back: what engines send one another.

/// What bytes that an engine was sent cannot be, and at which of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {what}")]
pub struct WireError {
    /// The byte.
    pub at: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Bytes being written.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// A byte.
    pub fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    /// A number of rows, of things, or of a row.
    pub fn count(&mut self, value: usize) {
        self.0.extend_from_slice(&(value as u64).to_le_bytes());
    }

    /// A number with all its bits.
    pub fn float(&mut self, value: f64) {
        self.0.extend_from_slice(&value.to_bits().to_le_bytes());
    }

    /// A value, or that there is none.
    pub fn option<T>(&mut self, value: Option<T>, mut put: impl FnMut(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            put(self, value);
        }
    }

    /// Bytes as they are, and before them how many.
    pub fn bytes(&mut self, value: &[u8]) {
        self.count(value.len());
        self.0.extend_from_slice(value);
    }

    /// Things, and before them how many.
    pub fn list<T>(&mut self, all: &[T], mut put: impl FnMut(&mut Self, &T)) {
        self.count(all.len());
        all.iter().for_each(|one| put(self, one));
    }
}

/// Bytes being read; nothing that stands in them is trusted.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// From the first on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The error of what was read last.
    ///
    /// # Errors
    /// Always.
    pub fn wrong<T>(&self, what: &'static str) -> Result<T, WireError> {
        Err(WireError { at: self.at, what })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let end = self.at + N;
        match self.bytes.get(self.at..end).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => {
                self.at = end;
                Ok(bytes)
            }
            None => self.wrong("the bytes end too early"),
        }
    }

    /// A byte.
    ///
    /// # Errors
    /// Where the bytes end.
    pub fn byte(&mut self) -> Result<u8, WireError> {
        self.take::<1>().map(|[byte]| byte)
    }

    /// Yes or no.
    ///
    /// # Errors
    /// Where it is neither.
    pub fn truth(&mut self) -> Result<bool, WireError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => self.wrong("neither yes nor no"),
        }
    }

    /// A number of rows, of things, or of a row.
    ///
    /// # Errors
    /// Where it is too large for this machine.
    pub fn count(&mut self) -> Result<usize, WireError> {
        let value = u64::from_le_bytes(self.take()?);
        usize::try_from(value).or_else(|_| self.wrong("a number that is too large"))
    }

    /// A number below another.
    ///
    /// # Errors
    /// Where it is none.
    pub fn below(&mut self, end: usize) -> Result<usize, WireError> {
        match self.count()? {
            value if value < end => Ok(value),
            _ => self.wrong("the number of a row that is not there"),
        }
    }

    /// A number with all its bits.
    ///
    /// # Errors
    /// Where the bytes end.
    pub fn float(&mut self) -> Result<f64, WireError> {
        Ok(f64::from_bits(u64::from_le_bytes(self.take()?)))
    }

    /// A value, or that there is none.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn option<T>(
        &mut self,
        mut take: impl FnMut(&mut Self) -> Result<T, WireError>,
    ) -> Result<Option<T>, WireError> {
        Ok(if self.truth()? { Some(take(self)?) } else { None })
    }

    /// Bytes as they are.
    ///
    /// # Errors
    /// Where there are not so many.
    pub fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let count = self.count()?;
        match self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end)) {
            Some(bytes) => {
                self.at += count;
                Ok(bytes)
            }
            None => self.wrong("the bytes end too early"),
        }
    }

    /// Things, each of at least one byte: a number that is a lie reserves no memory.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn list<T>(&mut self, mut take: impl FnMut(&mut Self) -> Result<T, WireError>) -> Result<Vec<T>, WireError> {
        let count = self.count()?;
        if count > self.bytes.len() - self.at {
            return self.wrong("more things than bytes");
        }
        // A thing may take many times the memory of its bytes.
        let mut all = Vec::with_capacity(count.min(4_096));
        for _ in 0..count {
            all.push(take(self)?);
        }
        Ok(all)
    }

    /// That nothing follows.
    ///
    /// # Errors
    /// Where something does.
    pub fn end(&self) -> Result<(), WireError> {
        if self.at == self.bytes.len() { Ok(()) } else { self.wrong("more bytes than there should be") }
    }
}
