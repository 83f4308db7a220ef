//! The secret of a node: whoever has it may do everything to that node.

use std::fmt;
use std::path::Path;

use subtle::ConstantTimeEq;

use super::owned_file::{self, OwnedFileError};

/// The token of a node: 256 bits of the operating system's randomness, written as 64 hexadecimal digits. Not shown
/// when it is printed.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new one.
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        Ok(Self(secret.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The token in a file.
    ///
    /// # Errors
    /// When the file cannot be read, or others than its owner can use it.
    pub fn read(file: &Path) -> Result<Self, OwnedFileError> {
        Ok(Self(owned_file::read(file)?.trim().to_owned()))
    }

    /// Writes it to a file that its owner alone can read.
    pub(super) fn write(&self, file: &Path) -> Result<(), OwnedFileError> {
        owned_file::write(file, format!("{}\n", self.0).as_bytes())
    }

    /// Whether this is what was given; how long that takes says nothing about how much of it was right.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }

    /// As the header of a request has it.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_itself_and_no_other() {
        let (token, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_eq!(token.0.len(), 64);
        assert!(token.is(token.0.as_bytes()));
        assert!(!token.is(other.0.as_bytes()));
        assert!(!token.is(&token.0.as_bytes()[..63]) && !token.is(b""));
    }

    #[test]
    fn a_token_does_not_appear_in_what_is_printed() {
        let token = Token::random().unwrap();
        assert!(!format!("{token:?}").contains(&token.0));
    }
}
