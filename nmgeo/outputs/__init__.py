"""What is written: tables, pages, reports, files and the atlas of them all."""
