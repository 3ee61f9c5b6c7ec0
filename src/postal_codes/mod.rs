//! Where postal codes are, so that a search can take one in place of coordinates.
//!
//! The operator loads tables with `tailor postal-codes` ([`formats`] reads the files, [`store`] keeps them); for the United
//! States one is [`embedded`]. [`store::resolve`] answers. What was looked up is neither stored nor logged.

pub mod embedded;
pub mod formats;
pub mod model;
pub mod store;
