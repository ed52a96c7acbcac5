error-transfer-past = That day has passed.
error-transfer-shares = A unit that passes as a whole has one heir; one that is split has at least two; an heir may not end in the same reform.
error-transfer-split-dependant = Units below a split one are not named yet.
