"""What every part of the process shares and none owns: clock, log, database, threads, files. No rule of the product."""
