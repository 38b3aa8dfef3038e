//! What the guides say is true.

mod porting_from_python;
