"""A policy on its way into force: what it must pass, how it is put in force, what is watched since."""
