//! An address that nobody listens on.

use std::net::{SocketAddr, TcpListener, TcpStream};

/// As long as it is kept, no other program or test gets the address: it is that of a client.
pub struct Nobody {
    client: TcpStream,
    _server: TcpListener,
}

impl Default for Nobody {
    fn default() -> Self {
        Self::new()
    }
}

impl Nobody {
    pub fn new() -> Self {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            client: TcpStream::connect(server.local_addr().unwrap()).unwrap(),
            _server: server,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.client.local_addr().unwrap()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}
