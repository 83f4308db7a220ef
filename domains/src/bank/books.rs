//! The books, counted from the log alone: what was sent, what has arrived, what is where.

use std::collections::HashMap;
use std::fmt;

use mistersmith::events::{EventLog, Position, Query, StateEvent};
use serde::Serialize;
use uuid::Uuid;

use super::contract::Transfer;

/// The books of the bank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Books {
    /// How many events there are.
    pub events: u64,
    /// How many accounts were opened.
    pub accounts: u64,
    /// With how many cents, together.
    pub opened_with: u64,
    /// How many cents are in them now.
    pub in_accounts: u64,
    /// How many transfers were sent.
    pub transfers: u64,
    /// How many of them have not arrived.
    pub on_their_way: u64,
    /// With how many cents.
    pub cents_on_their_way: u64,
    /// Everything that is wrong.
    pub problems: Vec<String>,
}

/// What has become of one transfer.
#[derive(Default)]
struct Fate {
    sent: Option<Transfer>,
    received: Option<Transfer>,
}

/// What was written of an account, its transfers by their data.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Entry {
    Transfer { transfer: Transfer },
    Cents { cents: u64 },
    Id { id: Uuid },
}

impl Books {
    /// Counts them.
    ///
    /// # Errors
    /// When the log cannot be read.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn of(log: &dyn EventLog) -> anyhow::Result<Self> {
        let (mut books, mut fates, mut balances) = (Self::default(), HashMap::new(), HashMap::new());
        let mut query = Query::all(Position::START);
        loop {
            let page = log.read(query).await?;
            for event in &page.events {
                books.enter(event, &mut fates, &mut balances)?;
            }
            if page.at_end {
                break;
            }
            query = page.next;
        }
        books.close(&fates, &balances);
        Ok(books)
    }

    /// Whether nothing is wrong, and no cent is missing or too many.
    #[must_use]
    pub fn balance(&self) -> bool {
        self.problems.is_empty()
    }

    fn enter(
        &mut self,
        event: &StateEvent,
        fates: &mut HashMap<Uuid, Fate>,
        balances: &mut HashMap<String, i128>,
    ) -> anyhow::Result<()> {
        self.events += 1;
        let name = event.agent.name.as_str();
        let balance = balances.entry(name.to_owned()).or_default();
        let place = event.place();
        match (event.event_type.name.as_str(), event.data.read::<Entry>()?) {
            ("Opened", Entry::Cents { cents }) => {
                self.accounts += 1;
                self.opened_with += cents;
                *balance += i128::from(cents);
            }
            ("Sent", Entry::Transfer { transfer }) => {
                self.transfers += 1;
                *balance -= i128::from(transfer.cents);
                if *balance < 0 {
                    self.problems.push(format!("{place}: more was sent than was there"));
                }
                let fate = fates.entry(transfer.id).or_default();
                if fate.sent.replace(transfer).is_some() {
                    self.problems.push(format!("{place}: it was sent twice"));
                }
            }
            ("Received", Entry::Transfer { transfer }) => {
                *balance += i128::from(transfer.cents);
                let fate = fates.entry(transfer.id).or_default();
                if fate.sent.as_ref() != Some(&transfer) {
                    self.problems.push(format!("{place}: it was received and not sent so"));
                }
                if fate.received.replace(transfer).is_some() {
                    self.problems.push(format!("{place}: it was received twice"));
                }
            }
            ("Settled", Entry::Id { id }) => {
                if fates.get(&id).is_none_or(|fate| fate.received.is_none()) {
                    self.problems.push(format!("{place}: it was settled and has not arrived"));
                }
            }
            (other, _) => self.problems.push(format!("{place}: {other} has no place in these books")),
        }
        Ok(())
    }

    fn close(&mut self, fates: &HashMap<Uuid, Fate>, balances: &HashMap<String, i128>) {
        for transfer in
            fates.values().filter(|fate| fate.received.is_none()).filter_map(|fate| fate.sent.as_ref())
        {
            self.on_their_way += 1;
            self.cents_on_their_way += transfer.cents;
        }
        let in_accounts: i128 = balances.values().sum();
        self.in_accounts = u64::try_from(in_accounts).unwrap_or_default();
        let there = in_accounts + i128::from(self.cents_on_their_way);
        if there != i128::from(self.opened_with) {
            self.problems.push(format!("expected {} cents in all, got {there}", self.opened_with));
        }
    }
}

/// Cents as units with two places.
struct Money(u64);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, accounts, transfers, on_their_way, .. } = self;
        write!(
            f,
            "{transfers} transfers in {events} events; {accounts} accounts hold {}, and {} are on their way in \
             {on_their_way} transfers: {} of {}. ",
            Money(self.in_accounts),
            Money(self.cents_on_their_way),
            Money(self.in_accounts + self.cents_on_their_way),
            Money(self.opened_with),
        )?;
        if self.balance() {
            return f.write_str("The books balance.");
        }
        f.write_str("THE BOOKS DO NOT BALANCE:")?;
        self.problems.iter().take(20).try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}
