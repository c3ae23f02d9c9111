"""Things that tests share: a fake terminal, hostile files, generated pictures, links and hosts. No test is in here."""
