//! What holds for every call, or for every value of a kind.

mod argument_checks;
mod good_status;
mod properties;
mod shown_text;
mod spellings;
