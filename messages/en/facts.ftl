error-dose-number = Please choose which dose it was, from 1 to 9.
error-fact-backwards = The last day is before the first: please check it.
error-fact-withdrawn = This has been taken back already.
