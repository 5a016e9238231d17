echo writes its output
