//! The tests of the cluster: codecs and files by themselves, and real schedulers and executors as processes.

mod codec;
mod common;
mod data;
mod processes;
mod refusals;
