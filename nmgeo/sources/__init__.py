"""What is read: files of features, outlines of sites, the ledger of policies and claims."""
