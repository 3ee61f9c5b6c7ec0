//! Who is calling and what they may do: the server's signing key, its tokens (JWT, RFC 7519), and callers.
//!
//! *Invariants*: a token is only ever checked with EdDSA, whatever its header says. A request that carries a token
//! that does not hold is refused, also where none is needed.

pub mod api;
pub mod caller;
pub mod keys;
pub mod scope;
pub mod token;
