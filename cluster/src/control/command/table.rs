//! Rows with columns that stand below each other, and rows of words among them.

use std::io;

use super::Output;
use super::output::{Span, Tone};

/// A table under construction.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
}

#[derive(Debug)]
enum Row {
    /// A cell for each column.
    Cells(Vec<Span>),
    /// The first column, then words across all others.
    Across(Span, Vec<Span>),
}

impl Table {
    /// A table with these headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        let heading = |text: &&str| Span((*text).to_owned(), Tone::Quiet);
        Self { rows: vec![Row::Cells(headings.iter().map(heading).collect())] }
    }

    pub(super) fn cells(&mut self, cells: Vec<Span>) {
        self.rows.push(Row::Cells(cells));
    }

    pub(super) fn across(&mut self, first: Span, words: Vec<Span>) {
        self.rows.push(Row::Across(first, words));
    }

    pub(super) fn show(&self, output: &mut Output) -> io::Result<()> {
        let widths = self.widths();
        for row in &self.rows {
            let mut spans = Vec::new();
            match row {
                Row::Cells(cells) => {
                    for (cell, &width) in cells.iter().zip(&widths) {
                        spans.extend(padded(cell, width));
                    }
                }
                Row::Across(first, words) => {
                    spans.extend(padded(first, widths.first().copied().unwrap_or_default()));
                    spans.extend(words.iter().cloned());
                }
            }
            output.spans(&spans)?;
        }
        Ok(())
    }

    /// The width of each column: that of its widest cell.
    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in &self.rows {
            let cells = match row {
                Row::Cells(cells) => cells.as_slice(),
                Row::Across(first, _) => std::slice::from_ref(first),
            };
            for (column, Span(text, _)) in cells.iter().enumerate() {
                let width = text.chars().count();
                match widths.get_mut(column) {
                    Some(known) => *known = width.max(*known),
                    None => widths.push(width),
                }
            }
        }
        widths
    }
}

fn padded(cell: &Span, width: usize) -> [Span; 2] {
    let gap = width.saturating_sub(cell.0.chars().count()) + 2;
    [cell.clone(), Span::plain(" ".repeat(gap))]
}
