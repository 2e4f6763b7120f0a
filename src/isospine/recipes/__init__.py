"""Which methods there are: settings, names, words and citations of each."""
