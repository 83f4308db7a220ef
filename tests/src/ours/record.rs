//! The lines of a trace, in the order in which things happen, but for what Erlang leaves without an order.

use std::time::Duration;

/// The trace so far.
#[derive(Default)]
pub(super) struct Record {
    done: String,
    /// What has happened since the last action.
    events: Vec<Event>,
}

/// Marks a place, and is not printed.
const AT_ONCE: &str = "(at once) ";

/// By what lines without an order of their own are sorted.
fn name_and_number(line: &str) -> (&str, u64) {
    let mut words = line.split(' ').skip(1);
    let name = words.next().unwrap_or_default();
    (name, words.next().and_then(|number| number.strip_prefix('#')?.parse().ok()).unwrap_or(0))
}

/// One line.
struct Event {
    line: String,
    killed: Option<Killed>,
}

/// Who was killed, and when.
struct Killed {
    id: String,
    at: Duration,
    /// The supervisor whose end is known to be the reason.
    under: Option<String>,
}

impl Record {
    /// A line at the margin, after what has happened.
    pub(super) fn heading(&mut self, line: &str) {
        self.flush();
        self.done.push_str(line);
        self.done.push('\n');
    }

    /// A line at the end: what happens while it is asked for is not told any more.
    pub(super) fn closing(&mut self, line: &str) {
        self.forget();
        self.heading(line);
    }

    /// What has happened since the last line at the margin is told to nobody.
    pub(super) fn forget(&mut self) {
        self.events.clear();
    }

    /// Something that happened.
    pub(super) fn event(&mut self, line: String) {
        self.events.push(Event { line, killed: None });
    }

    /// The end of `id`, which was killed at this time.
    pub(super) fn killed(&mut self, id: &str, at: Duration, line: String) {
        self.events.push(Event { line, killed: Some(Killed { id: id.to_owned(), at, under: None }) });
    }

    /// The end of `id`, which follows from the end of supervisor `above`: sorted, right after that.
    pub(super) fn orphan(&mut self, above: &str, id: &str, at: Duration, line: String) {
        let ending = format!("sup_exit {above} ");
        let begin =
            self.events.iter().rposition(|event| event.line.starts_with(&ending)).map_or(0, |at| at + 1);
        let killed = Some(Killed { id: id.to_owned(), at, under: Some(above.to_owned()) });
        let event = Event { line, killed };
        self.sorted_from(begin, event, |event| event.starts_with("orphan "));
    }

    /// The end of a supervisor that was killed at this time. Those below it that were killed in the same moment
    /// were so by that, whoever was gone first; but not those that were gone before it began.
    pub(super) fn killed_with_all(
        &mut self,
        id: &str,
        at: Duration,
        line: String,
        is_below: impl Fn(&str) -> bool,
    ) {
        let is_with_it =
            |killed: &Killed| killed.at == at && is_below(&killed.id) && killed.under.as_deref() != Some(id);
        let beginning = format!("sup_start {id} ");
        let begin = self.events.iter().rposition(|event| event.line.starts_with(&beginning)).unwrap_or(0);
        let since = self.events.split_off(begin);
        let (with_it, rest): (Vec<Event>, Vec<Event>) =
            since.into_iter().partition(|event| event.killed.as_ref().is_some_and(is_with_it));
        self.events.extend(rest);
        self.killed(id, at, line);
        for Event { line, killed } in with_it {
            if let (Some((_, rest)), Some(killed)) = (line.split_once(' '), killed) {
                self.orphan(id, &killed.id, at, format!("orphan {rest}"));
            }
        }
    }

    /// Here supervisor `of` begins to stop all its instances at once.
    pub(super) fn stops_at_once(&mut self, of: &str) {
        self.events.push(Event { line: format!("{AT_ONCE}{of}"), killed: None });
    }

    /// The end of an instance: sorted among the others, if its supervisor stops all of them.
    pub(super) fn stop_at_once(&mut self, of: &str, line: String) {
        let mark = format!("{AT_ONCE}{of}");
        let begin = self.events.iter().rposition(|event| event.line == mark).map_or(0, |at| at + 1);
        self.sorted_from(begin, Event { line, killed: None }, |event| event.starts_with("stop "));
    }

    fn sorted_from(&mut self, begin: usize, new: Event, is_among: impl Fn(&str) -> bool) {
        let key = name_and_number(&new.line);
        let before = |event: &&Event| is_among(&event.line) && name_and_number(&event.line) <= key;
        let at = begin + self.events[begin..].iter().take_while(before).count();
        self.events.insert(at, new);
    }

    fn flush(&mut self) {
        for event in self.events.drain(..).filter(|event| !event.line.starts_with(AT_ONCE)) {
            self.done.push_str("  ");
            self.done.push_str(&event.line);
            self.done.push('\n');
        }
    }

    /// The whole trace.
    pub(super) fn text(&mut self) -> String {
        self.flush();
        std::mem::take(&mut self.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orphans_are_sorted_right_after_the_end_of_their_supervisor() {
        let mut record = Record::default();
        record.heading("> kill s");
        record.event("sup_exit s #1 killed".into());
        record.orphan("s", "b", Duration::ZERO, "orphan b #1 killed".into());
        record.event("report root child_terminated s killed".into());
        record.orphan("s", "a", Duration::ZERO, "orphan a #1 killed".into());
        assert_eq!(
            record.text(),
            "> kill s\n  sup_exit s #1 killed\n  orphan a #1 killed\n  orphan b #1 killed\n  \
             report root child_terminated s killed\n"
        );
    }

    #[test]
    fn those_that_were_killed_with_their_supervisor_are_orphans_although_they_were_gone_first() {
        let (before, now) = (Duration::ZERO, Duration::from_secs(1));
        let mut record = Record::default();
        record.killed("stubborn", before, "stop stubborn #1 killed".into());
        record.killed("t", now, "sup_exit t #1 killed".into());
        record.orphan("t", "b", now, "orphan b #1 killed".into());
        record.killed("a", now, "stop a #1 killed".into());
        record.killed("other", now, "stop other #1 killed".into());
        record.killed_with_all("s", now, "sup_exit s #1 killed".into(), |id| id != "other");
        assert_eq!(
            record.text(),
            "  stop stubborn #1 killed\n  stop other #1 killed\n  sup_exit s #1 killed\n  orphan a #1 killed\n  \
             orphan b #1 killed\n  orphan t #1 killed\n"
        );
    }

    #[test]
    fn those_that_were_gone_before_a_supervisor_began_are_not_its_orphans() {
        let now = Duration::ZERO;
        let mut record = Record::default();
        record.killed("s", now, "sup_exit s #1 killed".into());
        record.orphan("s", "a", now, "orphan a #1 killed".into());
        record.event("sup_start t #2".into());
        record.killed("a", now, "stop a #2 killed".into());
        record.killed_with_all("t", now, "sup_exit t #2 killed".into(), |_| true);
        assert_eq!(
            record.text(),
            "  sup_exit s #1 killed\n  orphan a #1 killed\n  sup_start t #2\n  sup_exit t #2 killed\n  \
             orphan a #2 killed\n"
        );
    }

    #[test]
    fn stops_at_once_are_sorted_where_they_began() {
        let mut record = Record::default();
        record.event("stop z #1 boom".into());
        record.stops_at_once("s");
        record.event("stop_gate d #1".into());
        for id in ["c", "a", "b"] {
            record.stop_at_once("s", format!("stop {id} #1 shutdown"));
        }
        let text = record.text();
        let order: Vec<_> = text.split_whitespace().filter(|word| word.len() == 1).collect();
        assert_eq!(order, ["z", "a", "b", "c", "d"]);
    }
}
