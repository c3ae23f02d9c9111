"""The only room that speaks SQL: one door for writing, one repository per aggregate, blobs named by hash."""
