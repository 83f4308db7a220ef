//! A day of the bank: counts the books, works until it is told to stop or is killed, and counts them again.

use std::io::Write;
use std::num::NonZeroU64;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail, ensure};
use mistersmith::clock::Clock;
use mistersmith::events::{Durability, EventLog, EventSourcedSpec, Recovery, SqliteLog, SqliteOptions};
use mistersmith::identity::{AgentName, DomainName};
use mistersmith::prelude::{AgentSpec, DomainSpec, Flags, Strategy, System};

use super::account::Account;
use super::books::Books;
use super::clerk::{Clerk, Clerking, Finished};
use super::contract::{Banking, Open};
use super::options::BankOptions;
use super::{ACCOUNTS, CLERKS, DOMAIN, OPENING, SYSTEM, account_name};

/// How often it says how far it is.
const PROGRESS: Duration = Duration::from_secs(1);

/// After how many events an account is written down as a whole.
const SNAPSHOT: u64 = 25;

/// Runs the bank, and says to `out` what it does. Ctrl-C ends it in good order; it may as well be killed.
///
/// # Errors
/// When the log cannot be opened, when there is none to check, when the system does not start, and when the books do
/// not balance.
///
/// # Cancel safety
/// Dropping the future leaves the bank running until its runtime ends.
pub async fn bank(options: BankOptions, out: &mut (impl Write + Send)) -> anyhow::Result<()> {
    let clock = Clock::machine();
    let folder = options.folder.clone().unwrap_or_else(|| std::env::temp_dir().join(SYSTEM));
    let path = folder.join("log");
    if options.check {
        // Nothing is made by looking; opening a log would make one.
        ensure!(
            path.try_exists().with_context(|| format!("cannot look for {}", path.display()))?,
            none_in(&folder)
        );
    } else {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let began = clock.now();
    // Its own words: they have those of its source in them.
    let log = SqliteLog::open(&path, SqliteOptions::new(Durability::PowerLoss))
        .map_err(|error| anyhow!("{error}"))?;
    if let Some(damage) = log.damage() {
        let path = path.display();
        bail!(
            "{damage}\nto look at all of it:          smith log verify {path}\n\
             to take over what can be read: smith log export {path} --until-damage --output FILE"
        );
    }
    let log: Arc<dyn EventLog> = Arc::new(log);
    writeln!(out, "the log is {}", path.display())?;
    let books = Books::of(&*log).await?;
    ensure!(!options.check || books.accounts > 0 || !books.balance(), none_in(&folder));
    tell(&books, "as it was found", out)?;
    if options.check {
        return Ok(());
    }
    let system = open(&log, clock.clone()).await?;
    let took = (clock.now() - began).as_millis();
    let process = std::process::id();
    writeln!(out, "open after {took} ms; kill it at any instant with: kill -9 {process}")?;
    work(&system, &options, out).await?;
    system.stop().await;
    drop(system);
    tell(&Books::of(&*log).await?, "at the end", out)
}

fn none_in(folder: &Path) -> String {
    format!(
        "there is no bank in {}; without --check one is opened there, and --folder FOLDER names another place",
        folder.display()
    )
}

fn tell(books: &Books, when: &str, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "{when}: {books}")?;
    ensure!(books.balance(), "the books do not balance");
    Ok(())
}

/// Starts the agents, and opens the accounts that are new.
async fn open(log: &Arc<dyn EventLog>, clock: Clock) -> anyhow::Result<System> {
    let every = NonZeroU64::new(SNAPSHOT).context("it is not zero")?;
    let accounts =
        EventSourcedSpec::<Account>::new((), Arc::clone(log), Recovery::Eager).snapshot_every(every);
    let mut bank = DomainSpec::new(DOMAIN, Flags::new(Strategy::OneForOne, 10, 5))?;
    for number in 0..ACCOUNTS {
        bank = bank.agent(accounts.clone().agent(account_name(number))?);
    }
    let mut clerks = DomainSpec::new(CLERKS, Flags::new(Strategy::OneForOne, 10, 5))?.needs(DOMAIN)?;
    for number in 0..ACCOUNTS {
        clerks = clerks.agent(AgentSpec::new::<Clerk>(clerk_name(number), number)?);
    }
    let system = System::builder(SYSTEM).clock(clock).domain(bank).domain(clerks).start().await?;
    for number in 0..ACCOUNTS {
        let account = system
            .find_named::<Banking>(&DomainName::new(DOMAIN)?, &AgentName::new(account_name(number))?)?;
        account.ask(Open { cents: OPENING }).await?;
    }
    Ok(system)
}

fn clerk_name(number: u32) -> String {
    format!("clerk-{number}")
}

/// Says every second how many transfers were finished, until it is over.
async fn work(system: &System, options: &BankOptions, out: &mut (impl Write + Send)) -> anyhow::Result<()> {
    let clock = system.clock().clone();
    let end = async {
        match options.seconds {
            Some(seconds) => clock.sleep(Duration::from_secs(seconds)).await,
            None if tokio::signal::ctrl_c().await.is_ok() => {}
            // Without a handler for it, Ctrl-C ends the program as it always did.
            None => std::future::pending().await,
        }
    };
    let mut end = pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return Ok(()),
            () = clock.sleep(PROGRESS) => {}
        }
        let mut finished = 0;
        for number in 0..ACCOUNTS {
            let name = AgentName::new(clerk_name(number))?;
            let clerk = system.find_named::<Clerking>(&DomainName::new(CLERKS)?, &name)?;
            finished += clerk.ask(Finished).await?;
        }
        writeln!(out, "{finished} transfers since it was opened")?;
    }
}
