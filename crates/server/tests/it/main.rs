//! The real program as a process of its own, on a real PostgreSQL: what it prints, answers and exits
//! with, and what becomes of the ladders when it, or the database, is killed.

mod backup;
mod call;
mod commands;
mod demo;
mod house;
mod ladders;
mod lists;
mod outage;
mod passes;
mod record;
mod settings;
mod tenants;
mod watched;
