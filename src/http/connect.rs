//! What happens before anything is sent: the look-up of a name, and the connection. A failure there is told from all
//! later ones, since the service certainly did not act then.

use std::error::Error as StdError;
use std::fmt;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};

use super::transport::{Connection, Connections};

/// Looks up names as `ureq` does.
#[derive(Debug, Default)]
pub(super) struct LookUp(DefaultResolver);

impl Resolver for LookUp {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        self.0.resolve(uri, config, timeout).map_err(not_connected)
    }
}

/// Makes the connections.
#[derive(Debug, Default)]
pub(super) struct Connect(Connections);

impl Connector<()> for Connect {
    type Out = Connection;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        self.0.connect(details, chained).map_err(not_connected)
    }
}

/// The error of a connection that was never made.
#[derive(Debug)]
pub(super) struct NotConnected(pub(super) ureq::Error);

fn not_connected(error: ureq::Error) -> ureq::Error {
    match error {
        // Its kind says as much.
        ureq::Error::Timeout(_) => error,
        error => ureq::Error::Other(Box::new(NotConnected(error))),
    }
}

impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&cause(&self.0))
    }
}

impl StdError for NotConnected {}

/// What broke, without the words of `ureq` for the kind of it.
pub(super) fn cause(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Other(error) => error.to_string(),
        ureq::Error::HostNotFound => "the host's name has no address".to_owned(),
        other => other.to_string(),
    }
}
