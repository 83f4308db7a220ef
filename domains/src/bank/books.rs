//! The books, counted from the log alone: what was sent, what has arrived, what is where.
//!
//! Where the first events of an account were dropped, the count begins with the snapshot that stands for them, and with
//! the answers that have outlived them: those say of what is on its way whether it has arrived.

use std::collections::HashMap;
use std::fmt;

use mistersmith::events::{
    AsOf, Beginning, EventLog, Position, Query, RequestKey, Sequence, StateEvent, recover,
};
use mistersmith::identity::AgentKey;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::Account;
use super::contract::Transfer;
use super::{OPENING, account_name};

/// The books of the bank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Books {
    /// How many events there are.
    pub events: u64,
    /// How many there were before those, and are not kept any more.
    pub dropped: u64,
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

/// What is counted.
#[derive(Default)]
struct Count {
    fates: HashMap<Uuid, Fate>,
    balances: HashMap<String, i128>,
    /// Accounts that begin with a snapshot, by their names: who that is, and the last event in it.
    begun: HashMap<String, (AgentKey, Sequence)>,
}

/// What was written of an account, its transfers by their data.
#[derive(Deserialize)]
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
        let (mut books, mut count) = (Self::default(), Count::default());
        for agent in log.agents().await? {
            if let Some(beginning) = log.beginning(&agent, None).await? {
                books.begin(&beginning, &mut count)?;
            }
        }
        let on_its_way: Vec<_> = count.fates.keys().copied().collect();
        for id in on_its_way {
            count.look_for_arrival(log, id).await?;
        }
        let mut query = Query::all(Position::START).with_gaps();
        loop {
            let page = log.read(query).await?;
            for event in &page.events {
                books.enter(event, &mut count)?;
                if let Ok(Entry::Transfer { transfer }) = event.data.read() {
                    count.look_for_arrival(log, transfer.id).await?;
                }
            }
            if page.at_end {
                break;
            }
            query = page.next;
        }
        books.close(&count);
        books.compare(log, &count).await?;
        Ok(books)
    }

    /// What the accounts make of their events and snapshots is what was counted.
    async fn compare(&mut self, log: &dyn EventLog, count: &Count) -> anyhow::Result<()> {
        for agent in log.agents().await? {
            let Some(counted) = count.balances.get(agent.name.as_str()) else { continue };
            match recover::<Account>(log, &agent, &(), AsOf::Now).await {
                Ok(account) if i128::from(account.state.balance) == *counted => {}
                Ok(account) => {
                    let holds = account.state.balance;
                    self.problems
                        .push(format!("{agent} holds {holds} cents, expected {counted} by its events"));
                }
                Err(error) => self.problems.push(format!("{agent}: {error}")),
            }
        }
        Ok(())
    }

    /// Whether nothing is wrong, and no cent is missing or too many.
    #[must_use]
    pub fn balance(&self) -> bool {
        self.problems.is_empty()
    }

    /// An account whose first events are not there.
    fn begin(&mut self, beginning: &Beginning, count: &mut Count) -> anyhow::Result<()> {
        let (name, last) = (beginning.agent().name.to_string(), beginning.snapshot.sequence);
        let Account { balance, on_its_way, .. } = beginning.snapshot.state.read()?;
        self.dropped += beginning.after.number();
        self.accounts += 1;
        self.opened_with += OPENING;
        for transfer in on_its_way {
            let id = transfer.id;
            count.fates.entry(id).or_default().sent = Some(transfer);
        }
        count.balances.insert(name.clone(), balance.into());
        count.begun.insert(name, (beginning.agent().clone(), last));
        Ok(())
    }

    fn enter(&mut self, event: &StateEvent, count: &mut Count) -> anyhow::Result<()> {
        self.events += 1;
        let Count { fates, balances, begun } = count;
        let name = event.agent.name.as_str();
        if begun.get(name).is_some_and(|(_, last)| event.sequence <= *last) {
            return Ok(()); // its snapshot has it
        }
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
                // What a sender has settled is not in its snapshot.
                let is_settled = fate.sent.is_none() && begun.contains_key(&account_name(transfer.from));
                if !is_settled && fate.sent.as_ref() != Some(&transfer) {
                    self.problems.push(format!("{place}: it was received and not sent so"));
                }
                if fate.received.replace(transfer).is_some() {
                    self.problems.push(format!("{place}: it was received twice"));
                }
            }
            ("Settled", Entry::Id { id }) => {
                let arrived = fates.get(&id).is_some_and(|fate| fate.received.is_some());
                if !arrived {
                    self.problems.push(format!("{place}: it was settled and has not arrived"));
                }
            }
            (other, _) => self.problems.push(format!("{place}: {other} has no place in these books")),
        }
        Ok(())
    }

    fn close(&mut self, Count { fates, balances, .. }: &Count) {
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

impl Count {
    /// Notes whether a transfer has arrived with an event that is in a snapshot: the answer to it says so.
    async fn look_for_arrival(&mut self, log: &dyn EventLog, id: Uuid) -> anyhow::Result<()> {
        let Some(fate) = self.fates.get_mut(&id).filter(|fate| fate.received.is_none()) else {
            return Ok(());
        };
        let Some(sent) = &fate.sent else { return Ok(()) };
        let Some((receiver, last)) = self.begun.get(&account_name(sent.to)) else { return Ok(()) };
        let answered = log.answered(receiver, &RequestKey::new("put_in", id.to_string())?).await?;
        if answered.is_some_and(|answered| answered.sequence <= *last) {
            fate.received = Some(sent.clone());
        }
        Ok(())
    }
}

/// Cents as units with two places.
struct Money(u64);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

fn counted(transfers: u64) -> String {
    format!("{transfers} transfer{}", if transfers == 1 { "" } else { "s" })
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, dropped, accounts, transfers, on_their_way, .. } = self;
        write!(f, "{} in {events} events", counted(*transfers))?;
        if *dropped > 0 {
            write!(f, " (and those of {dropped} before, which are not kept)")?;
        }
        write!(
            f,
            "; {accounts} accounts hold {}, and {} are on their way in {}: {} of {}. ",
            Money(self.in_accounts),
            Money(self.cents_on_their_way),
            counted(*on_their_way),
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
