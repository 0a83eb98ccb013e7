"""Reports of drills 演练报告 that the installation keeps: files in its data folder, their checksums in the journal."""
