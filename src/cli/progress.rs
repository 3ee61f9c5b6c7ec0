//! How far an import is, on standard error: a bar where somebody looks at a terminal, now and then a plain line elsewhere.

mod rate;

use std::{
    io::{self, IsTerminal, Read},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::rate::Rate;
use crate::import::model::Import;

/// How long there is silence between two plain lines.
const SILENCE: Duration = Duration::from_secs(10);
/// How often a bar is drawn, per second.
const DRAWN: u8 = 10;
/// The words are cut where the terminal is too narrow: a line that wraps cannot be drawn over.
const BAR: &str = "{prefix:<10} [{bar:20}] {wide_msg}";

/// Shows one import, from the upload to its end.
pub(super) struct Progress {
    begun: Instant,
    shown: Shown,
    step: String,
    rows: Rate,
    bytes: Rate,
    last: Option<State>,
}

enum Shown {
    Bar(ProgressBar),
    /// Plain lines, and when the last one was written.
    Lines(Duration),
}

/// What is known of an import at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    /// Bytes, and how many there are in all where that is known.
    bytes: u64,
    total: Option<u64>,
    /// Of the rows, once they are read.
    rows: Option<Rows>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rows {
    read: u64,
    rejected: u64,
    archived: u64,
}

impl Progress {
    /// Begins to show.
    pub(super) fn begin() -> Self {
        let shown = match io::stderr().is_terminal() {
            true => Shown::Bar(bar()),
            false => Shown::Lines(Duration::ZERO),
        };
        Self {
            begun: Instant::now(),
            shown,
            step: String::new(),
            rows: Rate::default(),
            bytes: Rate::default(),
            last: None,
        }
    }

    /// So many bytes of the file are on their way, as they are in the file.
    pub(super) fn uploaded(&mut self, bytes: u64, total: Option<u64>) {
        self.show("uploading", State { bytes, total, rows: None });
    }

    /// The import stands here.
    pub(super) fn seen(&mut self, import: &Import) {
        let step = import.step.map_or(import.status.code(), |step| step.code());
        let counts = &import.counts;
        let rows = Rows {
            read: counts.read.unsigned_abs(),
            rejected: counts.rejected.unsigned_abs(),
            archived: counts.archived.unsigned_abs(),
        };
        let (bytes, total) = (import.bytes_read.unsigned_abs(), Some(import.bytes_total.unsigned_abs()));
        self.show(step, State { bytes, total, rows: Some(rows) });
    }

    fn show(&mut self, step: &str, state: State) {
        let now = self.begun.elapsed();
        // Every step begins anew. That an import has ended is no step of its own.
        if self.step != step {
            let has_begun = matches!(step, "uploading" | "checking" | "writing" | "archiving");
            if has_begun {
                (self.rows, self.bytes) = Default::default();
            }
            step.clone_into(&mut self.step);
        }
        self.rows.add(now, state.rows.map_or(0, |rows| rows.read));
        self.bytes.add(now, state.bytes);
        let text = state.text(self.rows.per_second(now), self.bytes.per_second(now));
        match &mut self.shown {
            Shown::Bar(bar) => {
                bar.set_length(state.total.unwrap_or_default().max(state.bytes));
                bar.set_position(state.bytes);
                bar.set_prefix(self.step.clone());
                bar.set_message(text);
            }
            Shown::Lines(last) => {
                if now.saturating_sub(*last) >= SILENCE {
                    *last = now;
                    eprintln!("{}: {text}", self.step);
                }
            }
        }
        self.last = Some(state);
    }

    /// Shows the last state for good, as a plain line; what is written afterwards stands below it.
    pub(super) fn finish(&mut self) {
        let Some(state) = self.last.take() else { return };
        let seconds = self.begun.elapsed().as_secs_f64();
        let text = format!("{}, in {}", state.text(None, None), time(seconds));
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
        eprintln!("{}: {text}", self.step);
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(DRAWN));
    match ProgressStyle::with_template(BAR) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

impl State {
    /// The state in words, with what one second brings of rows and of bytes.
    fn text(&self, rows_per_second: Option<f64>, bytes_per_second: Option<f64>) -> String {
        let mut parts = Vec::new();
        if let Some(percent) = self.percent() {
            parts.push(format!("{percent} %"));
        }
        if let Some(rows) = self.rows {
            parts.push(format!("{} rows", rows.read));
            if let Some(rate) = rows_per_second {
                parts.push(format!("{rate:.0} rows/s"));
            }
        }
        parts.push(match self.total {
            Some(total) => format!("{} of {}", size(self.bytes), size(total)),
            None => size(self.bytes),
        });
        if let Some(rows) = self.rows {
            if rows.archived > 0 {
                parts.push(format!("{} archived", rows.archived));
            }
            parts.push(format!("{} rejected", rows.rejected));
        }
        if let Some(left) = self.left(bytes_per_second) {
            parts.push(format!("{} left", time(left)));
        }
        parts.join(", ")
    }

    fn percent(&self) -> Option<u64> {
        let total = self.total?;
        Some(self.bytes.min(total).saturating_mul(100).checked_div(total).unwrap_or(100))
    }

    /// Seconds to the end of the step, where it goes on as in the last seconds.
    fn left(&self, bytes_per_second: Option<f64>) -> Option<f64> {
        let rest = self.total?.checked_sub(self.bytes).filter(|rest| *rest > 0)?;
        let rate = bytes_per_second.filter(|rate| *rate > 0.0)?;
        Some(rest as f64 / rate)
    }
}

/// A number of bytes for people: 1 kB is 1000 of them.
fn size(bytes: u64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match units.iter().find(|(unit, _)| bytes as f64 >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit),
        None => format!("{bytes} B"),
    }
}

/// A time for people, to the second.
fn time(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// A file on its way, which shows how much of it has gone.
pub(super) struct Counted<'a> {
    file: Box<dyn Read + Send>,
    read: u64,
    total: Option<u64>,
    progress: &'a mut Progress,
}

impl<'a> Counted<'a> {
    /// Reads `file`, which has so many bytes, where that is known.
    pub(super) fn new(file: Box<dyn Read + Send>, total: Option<u64>, progress: &'a mut Progress) -> Self {
        Self { file, read: 0, total, progress }
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read += read as u64;
        self.progress.uploaded(self.read, self.total);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(bytes: u64, total: u64, read: u64) -> State {
        State { bytes, total: Some(total), rows: Some(Rows { read, rejected: 3, archived: 0 }) }
    }

    #[test]
    fn a_state_is_told_in_words() {
        let state = at(12_000_000, 40_000_000, 12_000);
        let told = "30 %, 12000 rows, 3400 rows/s, 12.0 MB of 40.0 MB, 3 rejected, 28 s left";
        assert_eq!(state.text(Some(3400.2), Some(1e6)), told);
        assert_eq!(state.text(None, None), "30 %, 12000 rows, 12.0 MB of 40.0 MB, 3 rejected");
        let standing = "30 %, 12000 rows, 0 rows/s, 12.0 MB of 40.0 MB, 3 rejected";
        assert_eq!(state.text(Some(0.0), Some(0.0)), standing, "nobody knows how long nothing takes");
        let upload = State { bytes: 1500, total: None, rows: None };
        assert_eq!(upload.text(None, Some(1e6)), "1.5 kB");
        let rows = Some(Rows { read: 9, rejected: 0, archived: 4 });
        let end = State { rows, ..at(5, 5, 0) };
        assert_eq!(end.text(None, Some(1.0)), "100 %, 9 rows, 5 B of 5 B, 4 archived, 0 rejected");
    }

    #[test]
    fn percents_are_never_more_than_all() {
        assert_eq!(at(0, 0, 0).percent(), Some(100), "nothing is done at once");
        assert_eq!(at(999, 1000, 0).percent(), Some(99));
        assert_eq!(at(1001, 1000, 0).percent(), Some(100), "a file that grew");
        assert_eq!(at(u64::MAX, u64::MAX, 0).percent(), Some(1), "absurd, but no panic");
    }

    #[test]
    fn sizes_and_times_have_fitting_units() {
        let sizes = [0, 999, 1000, 48_120, 1_000_000, 4_294_967_296].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "48.1 kB", "1.0 MB", "4.3 GB"]);
        let times = [0.4, 59.4, 59.6, 3599.0, 3600.0, 90_000.0].map(time);
        assert_eq!(times, ["0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "25 h 0 min"]);
    }
}
