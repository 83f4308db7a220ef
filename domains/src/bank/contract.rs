//! What an account can be asked.

use std::fmt;

use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Begin with so many cents; nothing, if it has begun.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Open {
    /// The cents.
    pub(super) cents: u64,
}

/// Take money out, for another account.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct TakeOut {
    /// What is sent.
    pub(super) transfer: Transfer,
}

/// Put in money that another account has sent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct PutIn {
    /// What was sent.
    pub(super) transfer: Transfer,
}

/// Note that what was sent has arrived.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Settle {
    /// Which transfer it was.
    pub(super) id: Uuid,
}

/// What has been sent and not been settled?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct OnItsWay;

/// Money on its way from one account to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Transfer {
    /// Which one it is.
    pub(super) id: Uuid,
    /// The number of the account that it is taken from.
    pub(super) from: u32,
    /// The number of the account that it goes to.
    pub(super) to: u32,
    /// How much it is.
    pub(super) cents: u64,
}

/// What an account is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Request {
    /// Begin.
    Open(Open),
    /// Take out.
    TakeOut(TakeOut),
    /// Put in.
    PutIn(PutIn),
    /// Note the arrival.
    Settle(Settle),
    /// Say what is on its way.
    OnItsWay(OnItsWay),
}

/// What an account answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Response {
    /// The balance in cents.
    Balance(u64),
    /// It is noted.
    Noted,
    /// These transfers.
    Transfers(Vec<Transfer>),
}

/// There is not so much in the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct TooLittle {
    /// The balance in cents.
    pub(super) balance: u64,
}

impl fmt::Display for TooLittle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there are only {} cents", self.balance)
    }
}

/// The contract of accounts.
#[derive(Debug)]
pub(super) struct Banking;
replies! { Banking refuses TooLittle:
    Open => Balance(u64), TakeOut => Balance(u64), PutIn => Balance(u64), Settle => Noted,
    OnItsWay => Transfers(Vec<Transfer>),
}
