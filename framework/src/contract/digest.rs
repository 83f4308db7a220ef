//! Short, stable digests of layouts and requests, equal on every machine and in every version of Rust.
//!
//! FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>, also draft-eastlake-fnv. It is no guard
//! against a forger, and need not be: nodes compare digests to choose a codec, not to trust each other.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A digest of how serde sees the types of one request: equal on two nodes means bincode is safe between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct LayoutHash(u64);

/// A digest of one request as a whole: its action, whether it is a stream, and its layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Fingerprint(u64);

/// A text that is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 16 hexadecimal digits, got `{0}`")]
pub struct DigestError(String);

macro_rules! digest {
    ($digest:ident) => {
        impl $digest {
            pub(super) fn of(text: &str) -> Self {
                Self(fnv_1a(text.as_bytes()))
            }
        }

        impl fmt::Display for $digest {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl FromStr for $digest {
            type Err = DigestError;

            fn from_str(text: &str) -> Result<Self, DigestError> {
                let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                let wrong = || DigestError(text.to_owned());
                if !digits {
                    return Err(wrong());
                }
                u64::from_str_radix(text, 16).map(Self).map_err(|_| wrong())
            }
        }

        impl TryFrom<String> for $digest {
            type Error = DigestError;

            fn try_from(text: String) -> Result<Self, DigestError> {
                text.parse()
            }
        }

        impl From<$digest> for String {
            fn from(digest: $digest) -> Self {
                digest.to_string()
            }
        }
    };
}

digest!(LayoutHash);
digest!(Fingerprint);

fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(OFFSET_BASIS, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, fnv_1a};

    #[test]
    fn the_published_test_values_hold() {
        assert_eq!(fnv_1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv_1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_digest_is_read_back_and_anything_else_is_refused() {
        let digest = Fingerprint::of("foobar");
        assert_eq!(digest.to_string(), "85944171f73967e8");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for wrong in ["", "85944171f73967e", "85944171f73967e8a", "+5944171f73967e8", "85944171f73967eg"] {
            assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
        }
    }
}
