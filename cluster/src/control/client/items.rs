//! The items of a stream as a client reads them.

use serde_json::value::RawValue;

use super::ClientError;
use super::exchange::Exchange;
use crate::control::api::StreamLine;

/// The longest line that is read.
const LINE_BYTES: usize = 64 * 1024 * 1024;

/// The items of a stream, as they come. The agent is never ahead by more than a few; dropping this cancels the
/// stream.
#[derive(Debug)]
pub struct Items {
    exchange: Box<Exchange>,
    unread: Vec<u8>,
    /// How much of `unread` is known to hold no end of a line.
    searched: usize,
    ended: bool,
}

impl Items {
    pub(super) fn new(exchange: Exchange) -> Self {
        Self { exchange: Box::new(exchange), unread: Vec::new(), searched: 0, ended: false }
    }

    /// The next item; `None` after the last one.
    ///
    /// # Errors
    /// Once, when the stream broke off.
    ///
    /// # Cancel safety
    /// No item is lost.
    pub async fn next(&mut self) -> Option<Result<Box<RawValue>, ClientError>> {
        while !self.ended {
            if let Some(line) = self.line() {
                return match serde_json::from_slice(&line) {
                    Ok(StreamLine::Item(item)) => Some(Ok(item)),
                    Ok(StreamLine::End(_)) => {
                        self.ended = true;
                        None
                    }
                    Ok(StreamLine::Error(problem)) => self.end(problem.into()),
                    Err(error) => self.end(self.exchange.broken(error)),
                };
            }
            if self.unread.len() > LINE_BYTES {
                return self.end(self.exchange.broken("a line that does not end"));
            }
            match self.exchange.piece().await {
                Some(Ok(piece)) => self.unread.extend_from_slice(&piece),
                Some(Err(error)) => return self.end(error),
                None => return self.end(self.exchange.broken("the stream broke off")),
            }
        }
        None
    }

    fn line(&mut self) -> Option<Vec<u8>> {
        let Some(end) = self.unread[self.searched..].iter().position(|&byte| byte == b'\n') else {
            self.searched = self.unread.len();
            return None;
        };
        let line = self.unread.drain(..=self.searched + end).collect();
        self.searched = 0;
        Some(line)
    }

    fn end(&mut self, error: ClientError) -> Option<Result<Box<RawValue>, ClientError>> {
        self.ended = true;
        Some(Err(error))
    }
}
