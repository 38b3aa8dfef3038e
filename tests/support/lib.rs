//! What the tests share.

pub mod cases;
pub mod client;
pub mod folder;
pub mod form;
pub mod nobody;
pub mod raw_server;
pub mod shapes;
pub mod virtual_time;
