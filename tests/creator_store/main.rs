//! Products of the creator store, and money.

mod money;
mod products;
