//! Connections of the control interface: how many, how long, and how they end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{Shared, routes};

/// How many connections are open at a time; further ones wait to be accepted.
const CONNECTIONS: usize = 256;
/// The most bytes of a request before its body: address and headers.
const HEAD_BYTES: usize = 32 * 1024;
/// The most headers of a request.
const HEADERS: usize = 64;
/// How long a client may take to send them.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// How long requests that are being answered may take when the interface stops.
const GRACE: Duration = Duration::from_secs(2);
/// How long to wait when the operating system has no connection to give.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until it is to stop, and then until what was begun is done, at most for [`GRACE`].
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = routes::router(&shared);
    let mut stops = pin!(shared.stops());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stops.as_mut() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, router.clone(), Arc::clone(&shared)));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection accepted");
                    shared.system.clock().sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let rest = async { while connections.join_next().await.is_some() {} };
    let _ = shared.system.clock().timeout(GRACE, rest).await;
}

/// One connection, one request: nothing is kept open that nobody uses.
async fn converse(stream: TcpStream, router: axum::Router, shared: Arc<Shared>) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shared.stops() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the control interface broke off");
    }
}
