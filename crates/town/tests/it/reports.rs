mod duplicates;
mod following;
mod handling;
mod intake;
