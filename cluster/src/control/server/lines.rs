//! A stream of items as the body of an answer, a line of JSON each. Nothing is taken from where they come that the
//! client does not read, and a client that hangs up cancels the stream.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use futures_core::Stream;
use hyper::body::{Body, Frame};
use mistersmith::agent::{JsonItemError, JsonItems};
use serde_json::value::RawValue;

use crate::control::api::{Problem, ProblemCode, StreamLine};

/// Items that are there already travel together, up to about so many bytes.
const FRAME_BYTES: usize = 16 * 1024;

/// Items of JSON, as they come, until one is a problem.
pub(super) type Items = Pin<Box<dyn Stream<Item = Result<String, Problem>> + Send>>;

/// The items of an agent's stream.
pub(super) struct Replies(pub(super) JsonItems);

impl Stream for Replies {
    type Item = Result<String, Problem>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(context).map(|item| {
            item.map(|item| {
                item.map_err(|error| {
                    let code = match error {
                        JsonItemError::Interrupted(_) => ProblemCode::Interrupted,
                        _ => ProblemCode::Internal,
                    };
                    Problem::new(code, error.to_string())
                })
            })
        })
    }
}

/// The items as a body. It ends with a line that says how.
pub(super) struct Lines {
    items: Items,
    stops: Pin<Box<dyn Future<Output = ()> + Send>>,
    sent: u64,
    ended: bool,
}

impl Lines {
    pub(super) fn new(items: Items, stops: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { items, stops: Box::pin(stops), sent: 0, ended: false }
    }

    /// The line for what came, or did not come any more.
    fn line(&mut self, item: Option<Result<String, Problem>>) -> StreamLine {
        let line = match item {
            None => StreamLine::End(self.sent),
            Some(Ok(json)) => match RawValue::from_string(json) {
                Ok(item) => StreamLine::Item(item),
                Err(error) => {
                    let text = format!("the item is no JSON: {error}");
                    StreamLine::Error(Problem::new(ProblemCode::Internal, text))
                }
            },
            Some(Err(problem)) => StreamLine::Error(problem),
        };
        match line {
            StreamLine::Item(_) => self.sent += 1,
            StreamLine::End(_) | StreamLine::Error(_) => self.ended = true,
        }
        line
    }
}

impl Body for Lines {
    type Data = Bytes;
    type Error = serde_json::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, serde_json::Error>>> {
        let mut lines = Vec::new();
        // First, for an agent that always has an item would otherwise keep the interface from stopping.
        let stops = !self.ended && self.stops.as_mut().poll(context).is_ready();
        while !self.ended && lines.len() < FRAME_BYTES {
            let line = if stops {
                self.ended = true;
                StreamLine::Error(Problem::new(ProblemCode::Stopping, "the control interface stops"))
            } else {
                match self.items.as_mut().poll_next(context) {
                    Poll::Ready(item) => self.line(item),
                    Poll::Pending => break,
                }
            };
            if let Err(error) = serde_json::to_writer(&mut lines, &line) {
                return Poll::Ready(Some(Err(error)));
            }
            lines.push(b'\n');
        }
        match (lines.is_empty(), self.ended) {
            (false, _) => Poll::Ready(Some(Ok(Frame::data(lines.into())))),
            (true, true) => Poll::Ready(None),
            (true, false) => Poll::Pending,
        }
    }
}
