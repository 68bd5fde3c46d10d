//! Nothing but tests: round-3 Dilithium against PQClean's portable code, whose C symbols must not meet those of the
//! later draft that the coprocessor's own tests link.
