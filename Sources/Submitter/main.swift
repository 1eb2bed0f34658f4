print("quicketl")
