//! One worker of the media side as one value: the demultiplexer of the public port and its sessions.

mod worker;
pub use worker::{Output, PUBLIC, Slot, Verdict, Worker, WorkerPlan};
