"""What a configuration asks for, unfolded into methods, files and jobs with their costs."""
