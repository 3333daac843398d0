//! Whole geodatabases, made byte by byte: every type, every way of storing, every damage.

mod damage;
mod geometry;
mod made;
mod tables;
